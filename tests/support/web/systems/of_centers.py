"""The two APIs of educational centers, for the suites that do not try Madrasti: those that import this module."""

from support.web.systems import CENTER_CRM, EDUMASTER
from support.web.systems import LISTS as ALL_LISTS
from support.web.systems import OPS as ALL_OPS

SYSTEMS = (CENTER_CRM, EDUMASTER)
OPS = [op for op in ALL_OPS if op.system in SYSTEMS]
LISTS = [op for op in ALL_LISTS if op.system in SYSTEMS]

__all__ = ["CENTER_CRM", "EDUMASTER", "LISTS", "OPS", "SYSTEMS"]
