"""Pages without a sign-in: files at signed URLs, calendars at secret URLs, and the start page."""
