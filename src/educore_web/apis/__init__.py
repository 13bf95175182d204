"""The documented APIs, one package each; none imports another."""
