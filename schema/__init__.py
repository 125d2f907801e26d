"""The GraphQL floor: types that name their models, and the compiler that turns operations into SQL."""
