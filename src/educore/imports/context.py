"""The imports context: its entities and policies."""

from __future__ import annotations

from educore.imports.entities import Import, ImportedRow
from educore.imports.policies import POLICIES
from educore.kernel.context import Context

CONTEXT = Context("imports", entities=(Import, ImportedRow), policies=POLICIES)
