"""Payment gateways under test: stand-ins for the providers, and what payers do there."""
