"""How fast it could be: no framework, SQL by hand, the fastest driver; list, get and bulk mark only."""
