"""Centers, their branches and their rooms."""
