"""How the platform runs: the server process, its limits and its health, and the worker."""
