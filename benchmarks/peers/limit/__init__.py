"""The limit: no framework, SQL by hand, the fastest driver; only list, get and bulk mark."""
