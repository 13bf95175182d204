"""The pages of the admin: each answers its own addresses."""
