"""Archived rows in an API: the answer that a row was archived, and the lists of those that may be restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from educore import everything
from educore_web.rest.filters import flag_filter, read_filters
from educore_web.rest.list_rules import ListRules
from educore_web.rest.request import RequestData


@dataclass(frozen=True)
class ArchiveAnswer:
    """The type of the answer when a row was archived, and the function that makes its content.

    The function gets the archived row and the request.
    """

    out: type[BaseModel]
    make: Callable[[Any, RequestData], Any]


NAME = "deleted"
ARCHIVED_ONLY = replace(flag_filter(NAME, "id"), condition=lambda uow, wanted: everything, is_addition=True)
"""The query parameter that asks for the archived rows in place of the others."""


def action_of_list(query: Mapping[str, str], rules: ListRules, *, action: str) -> str:
    """Return the action whose rows a list shows: those that the caller may restore, where the query asks for them.

    The list itself refuses what is no flag, together with everything else that it cannot read.
    """
    asked = [wanted for _, wanted in read_filters((rules.spell(ARCHIVED_ONLY),), query, {})]
    return "restore" if any(asked) else action
