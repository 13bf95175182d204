"""Who learns what together, with whom and where."""
