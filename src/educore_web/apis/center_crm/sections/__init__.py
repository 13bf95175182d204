"""The sections of the Center CRM document, one module each."""
