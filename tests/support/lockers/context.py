"""The declaration of the context."""

from __future__ import annotations

from educore import Context
from support.lockers.entities import Locker
from support.lockers.policies import LOCKERS

CONTEXT = Context("lockers", entities=(Locker,), policies=(LOCKERS,))
