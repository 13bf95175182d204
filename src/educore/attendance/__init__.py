"""Who came to which session."""
