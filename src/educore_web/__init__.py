"""Five REST APIs and an admin over `educore`, served by Litestar and SQLAdmin."""
