"""What the platform tells people: notifications, reminders, SMS and e-mail, and the jobs that carry them."""
