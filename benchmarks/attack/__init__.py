"""Attacks on a real server, and its behavior meanwhile: `python -m benchmarks --attack`."""
