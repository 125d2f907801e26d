"""The same answers the ordinary good way: Strawberry, a DataLoader for each relation, and SQLAlchemy's ORM."""
