"""Who people are, what they are in a Center, and how they sign in."""
