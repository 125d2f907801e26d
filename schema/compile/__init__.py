"""One validated GraphQL operation becomes one SQL statement that writes the response's JSON text."""
