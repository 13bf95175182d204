"""Payment gateways: one module for each provider, and the HTTP that those over the network share."""
