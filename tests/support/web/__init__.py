"""Helpers of the API tests: the running platform, its clients, and how each operation is called."""
