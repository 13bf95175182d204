"""Students, teachers, directors and staff of a Center."""
