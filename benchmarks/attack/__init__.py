"""`python -m benchmarks --attack`: what somebody who wishes us ill can do to a real server, and how it holds."""
