"""Madrasti: its sections on accounts and files."""

from educore_web.apis.madrasti.sections import authentication, files, profile
from educore_web.apis.madrasti.spec import madrasti

SPEC = madrasti
OPERATIONS = [*authentication.ROUTES, *profile.ROUTES, *files.ROUTES]
