"""Madrasti: its sections on accounts."""

from educore_web.apis.madrasti.sections import authentication, profile
from educore_web.apis.madrasti.spec import madrasti

SPEC = madrasti
OPERATIONS = [*authentication.ROUTES, *profile.ROUTES]
