"""Adapters: implementations of the ports and the store, one module for each technology."""
