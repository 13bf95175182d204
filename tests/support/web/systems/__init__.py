"""Every API under test, and every operation of each. Recipes stand in the API's own file."""

from support.web.system import Op
from support.web.systems.center_crm import CENTER_CRM
from support.web.systems.edumaster import EDUMASTER

SYSTEMS = (CENTER_CRM, EDUMASTER)
OPS: list[Op] = [op for system in SYSTEMS for op in system]
LISTS = [op for op in OPS if op.listing is not None]
WITH_BODY = [op for op in OPS if op.body is not None and not op.needs_file]
"""Those whose body may come as JSON."""

PRIVATE = [op for op in OPS if not op.public]

__all__ = ["CENTER_CRM", "EDUMASTER", "LISTS", "OPS", "PRIVATE", "SYSTEMS", "WITH_BODY"]
