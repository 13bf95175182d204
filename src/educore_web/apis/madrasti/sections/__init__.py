"""The sections of the Madrasti document, one module each."""
