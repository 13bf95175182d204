"""The lockers of a Center."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from educore import Audited, Entity, Fixed, Ref
from educore.values import Name, Text


class Locker(Entity):
    """A locker that students may use."""

    audited = Audited.ALWAYS
    unique = (("center_id", "number"),)

    center_id: Annotated[int, Ref("Center"), Fixed()]
    number: Name
    notes: Text = ""
    is_broken: bool = False
    created_at: datetime
