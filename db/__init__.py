"""The bottom floor: values, models, connections, commands and all SQL. It knows neither GraphQL nor Redis."""
