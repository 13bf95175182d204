"""The running process: HTTP protocol and its limits, health, outages, security headers, and the worker."""
