"""Sign-in, sessions, CSRF tokens, and the scope of everything the admin reads."""
