"""How the program reaches the database: engine, pools, drivers and sessions."""
