"""Every API under test, and every operation of each. Recipes stand in the API's own file."""

from support.web.system import Op
from support.web.systems.center_crm import CENTER_CRM
from support.web.systems.edumaster import EDUMASTER
from support.web.systems.madrasti import MADRASTI

SYSTEMS = (CENTER_CRM, EDUMASTER, MADRASTI)
OPS: list[Op] = [op for system in SYSTEMS for op in system]
PAGED = [op for op in OPS if op.listing is not None]
"""Every list. One below a row, such as the students of a class, is tried with the row of its recipe."""

LISTS = [op for op in PAGED if not op.has_path_id and not op.under]
"""Lists of everything that somebody may read, with a sibling that shows one of their rows."""

WITH_BODY = [op for op in OPS if op.body is not None and not op.needs_file]
"""Those whose body may come as JSON."""

PRIVATE = [op for op in OPS if not op.public]

__all__ = ["CENTER_CRM", "EDUMASTER", "LISTS", "MADRASTI", "OPS", "PAGED", "PRIVATE", "SYSTEMS", "WITH_BODY"]
