"""The bottom floor: settings, engine, model, commands. It knows neither GraphQL nor Redis."""
