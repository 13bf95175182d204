"""What we are measured beside: other programs that give the same answers from the same tables."""
