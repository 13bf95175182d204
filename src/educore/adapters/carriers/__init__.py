"""Carriers of wakes: within one process, and through a message broker. The one of PostgreSQL is in `adapters.sql`."""
