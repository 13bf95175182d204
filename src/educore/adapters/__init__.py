"""Adapters: what the ports and the store of the kernel need of the outside world, one module for each technology."""
