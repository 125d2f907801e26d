"""The outermost floor: HTTP, the command line, and the wiring of everything below."""
