"""Who may see and send what in the admin."""
