"""The same answers from a conventional implementation: Strawberry, a DataLoader for each relation, SQLAlchemy's ORM."""
