"""Students, payments and attendance from tables, with a way back."""
