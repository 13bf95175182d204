"""Helpers of the admin tests: the town, a browser without a window, and forms."""
