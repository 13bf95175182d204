"""Lists: filters, search and order derived from what a shape shows, and the page somebody asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from educore import Domain, Entity, Invalid, NotFound, Problem, Shape, Where, everything, nothing, where
from educore.entity import plain_type, references, value_type
from educore.shape import path_of
from educore.values import Day

MOST_SEARCH_WORDS = 5
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Filter:
    """One query parameter: the condition it adds, how its text is read, and its JSON schema."""

    name: str
    read: Callable[[str], Any]
    key: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class PageAsked:
    """The page somebody asked for: its number from 1, and how many rows it holds."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class Listing:
    """How one list can be filtered, searched and ordered. `search` holds paths such as `user__last_name`."""

    shape: type[Shape]
    filters: tuple[Filter, ...]
    orderings: Mapping[str, str]
    search: tuple[str, ...] = ()
    order: tuple[str, ...] = ("id",)

    def read(self, query: Mapping[str, str], *, size: int, most: int) -> ListAsked:
        """What a query string asks for. Raises: NotFound for a bad page, Invalid naming every bad parameter."""
        problems: dict[str, list[Problem]] = {}
        number = _page_number(query)
        condition = self._filtered(query, problems) & self._searched(query.get("search", ""), problems)
        order = self._ordered(query, problems)
        rows = _page_size(query, size, problems)
        if problems:
            raise Invalid(problems)
        return ListAsked(condition, order, PageAsked(number, min(rows, most)))

    def _filtered(self, query: Mapping[str, str], problems: dict[str, list[Problem]]) -> Where:
        asked = everything
        for known in self.filters:
            if query.get(known.name, "") == "":
                continue
            try:
                asked &= where(**{known.key: known.read(query[known.name])})
            except (ValueError, KeyError, OverflowError):
                expected = ", ".join(known.schema.get("enum", ()))
                problems[known.name] = [Problem("enum" if expected else "bad_filter", {"expected": expected})]
        return asked

    def _searched(self, text: str, problems: dict[str, list[Problem]]) -> Where:
        """Every word must stand somewhere."""
        if "\0" in text:
            problems["search"] = [Problem("bad_characters")]
        found = everything
        for word in text.split()[:MOST_SEARCH_WORDS] if self.search else ():
            anywhere = nothing
            for path in self.search:
                anywhere |= where(**{f"{path}__icontains": word})
            found &= anywhere
        return found

    def _ordered(self, query: Mapping[str, str], problems: dict[str, list[Problem]]) -> tuple[str, ...]:
        asked = [key.strip() for key in query.get("ordering", "").split(",") if key.strip()]
        if any(key.removeprefix("-") not in self.orderings for key in asked):
            problems["ordering"] = [Problem("bad_ordering", {"expected": ", ".join(self.orderings)})]
            return self.order
        own = tuple("-" * key.startswith("-") + self.orderings[key.removeprefix("-")] for key in asked)
        return own or self.order


@dataclass(frozen=True)
class ListAsked:
    """A query string, understood."""

    condition: Where
    order: tuple[str, ...]
    page: PageAsked


def _page_number(query: Mapping[str, str]) -> int:
    number = query.get("page") or "1"
    if not _is_count(number) or int(number) == 0:
        raise NotFound(page=number)
    return int(number)


def _page_size(query: Mapping[str, str], default: int, problems: dict[str, list[Problem]]) -> int:
    size = query.get("page_size") or str(default)
    if _is_count(size) and int(size) > 0:
        return int(size)
    problems["page_size"] = [Problem("int_parsing")]
    return default


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


@cache
def listing_of(shape: type[Shape], domain: Domain, search: tuple[str, ...], order: tuple[str, ...]) -> Listing:
    """What can be filtered and ordered, from what the shape shows: references, enumerations, flags and dates.

    Private fields can be neither: their order and their matches would tell what they are.
    """
    filters: list[Filter] = []
    orderings = {}
    for name in shape.model_fields:
        path = path_of(shape, name)
        if path is None:
            continue
        steps = tuple(path.split("."))
        kind, field = domain.field_at(shape.of, steps)
        if field in domain.policy(kind).private:
            continue
        filters += _filters(shape, name, kind, field, "__".join(steps))
        if len(steps) == 1 and field not in references(kind):
            orderings[name] = field
    return Listing(shape, tuple(filters), orderings, search, order)


def _filters(shape: type[Shape], name: str, kind: type[Entity], field: str, key: str) -> list[Filter]:
    stored, _ = value_type(kind, field)
    if field in references(kind):
        return [Filter(name, _read_id, key, {"type": "integer"})]
    if issubclass(stored, Enum):
        spelled, _ = plain_type(shape.model_fields[name].annotation)
        words = {str(word.value): stored[word.name] for word in (spelled if issubclass(spelled, Enum) else stored)}
        return [Filter(name, words.__getitem__, key, {"type": "string", "enum": list(words)})]
    if stored is bool:
        return [
            Filter(name, {"true": True, "1": True, "false": False, "0": False}.__getitem__, key, {"type": "boolean"})
        ]
    if stored is date:
        day = {"type": "string", "format": "date"}
        return [Filter(f"{name}_{e}", _read_day, f"{key}__{o}", day) for e, o in (("from", "gte"), ("to", "lte"))]
    if stored is datetime:
        instant = {"type": "string", "description": "A date (in the center's time zone) or a date-time."}
        return [
            Filter(f"{name}_from", _read_start, f"{key}__gte", instant),
            Filter(f"{name}_to", _read_end, f"{key}__lte", instant),
        ]
    return []


_DAY: TypeAdapter[date] = TypeAdapter(Day)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(datetime)
LOCAL = ZoneInfo("Asia/Tashkent")


def _read_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 19 or int(text) > LARGEST_ID:
        raise ValueError(text)
    return int(text)


def _read_day(text: str) -> date:
    return _DAY.validate_python(text)


def _read_start(text: str) -> datetime:
    return _read_instant(text, time.min)


def _read_end(text: str) -> datetime:
    return _read_instant(text, time.max)


def _read_instant(text: str, moment: time) -> datetime:
    try:
        return datetime.combine(_DAY.validate_python(text), moment, LOCAL)
    except ValidationError:
        found = _INSTANT.validate_python(text.replace(" ", "+"))
        if not 1900 <= found.year <= 2200:
            raise ValueError(text) from None
        return found if found.tzinfo else found.replace(tzinfo=LOCAL)
