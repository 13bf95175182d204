"""The other programs: they give the same answers from the same tables."""
