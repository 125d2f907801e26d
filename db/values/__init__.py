"""Plain values that know neither SQLAlchemy nor GraphQL: quantities, partial dates, text, vocabulary."""
