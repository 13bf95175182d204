"""Lists: filters, search and order derived from what a shape shows, and the page somebody asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from educore import Domain, Entity, Invalid, NotFound, Problem, Shape, UnitOfWork, Where, everything, nothing, where
from educore.kernel.entity import plain_type, references, value_type
from educore.kernel.shape import path_of
from educore.values import Day, Month, is_storable

MOST_SEARCH_WORDS = 5
LARGEST_ID = 2**63 - 1
ID = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}
LARGEST_COUNT = 999_999_999
"""The largest number that is read as that of a page or as its size."""


@dataclass(frozen=True)
class Filter:
    """One query parameter: the condition it adds, how its text is read, and its JSON schema.

    `condition` makes the condition where it depends on more than the row, such as on the day.
    """

    name: str
    read: Callable[[str], Any]
    key: str
    schema: Mapping[str, Any]
    condition: Callable[[UnitOfWork, Any], Where] | None = None


@dataclass(frozen=True)
class ListRules:
    """How an API reads the query of its lists: how long pages are, and in what order rows come when none is asked."""

    page_size: int = 20
    largest_page: int = 100
    order: tuple[str, ...] = ("id",)
    refuses_unknown_orderings: bool = True


DEFAULT_RULES = ListRules()


@dataclass(frozen=True)
class PageQuery:
    """The page somebody asked for: its number from 1, and how many rows it holds."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class Listing:
    """How one list can be filtered, searched and ordered.

    `search` holds paths such as `user__last_name`; `orderings` gives the field behind each word of `ordering`.
    """

    shape: type[Shape]
    filters: tuple[Filter, ...]
    orderings: Mapping[str, str]
    search: tuple[str, ...] = ()
    order: tuple[str, ...] = ("id",)
    rules: ListRules = DEFAULT_RULES

    def read(self, uow: UnitOfWork, query: Mapping[str, str]) -> ListQuery:
        """What a query string asks for. Raises: NotFound for a bad page, Invalid naming every bad parameter."""
        problems: dict[str, list[Problem]] = {}
        number = _page_number(query)
        condition = self._filtered(uow, query, problems) & self._searched(query.get("search", ""), problems)
        order = self._ordered(query, problems)
        rows = _page_size(query, self.rules.page_size, problems)
        if problems:
            raise Invalid(problems)
        return ListQuery(condition, order, PageQuery(number, min(rows, self.rules.largest_page)))

    def _filtered(self, uow: UnitOfWork, query: Mapping[str, str], problems: dict[str, list[Problem]]) -> Where:
        condition = everything
        for known, value in _values(self.filters, query, problems):
            condition &= known.condition(uow, value) if known.condition else where(**{known.key: value})
        return condition

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
        keys = [key.strip() for key in query.get("ordering", "").split(",") if key.strip()]
        known = [key for key in keys if key.removeprefix("-") in self.orderings]
        if known != keys and self.rules.refuses_unknown_orderings:
            problems["ordering"] = [Problem("bad_ordering", {"expected": ", ".join(self.orderings)})]
            return self.order
        own = tuple("-" * key.startswith("-") + self.orderings[key.removeprefix("-")] for key in known)
        return own or self.order


@dataclass(frozen=True)
class ListQuery:
    """A query string, understood."""

    condition: Where
    order: tuple[str, ...]
    page: PageQuery


def read_parameters(filters: Iterable[Filter], query: Mapping[str, str]) -> dict[str, Any]:
    """What a query asks of some filters outside a list, by their keys. Raises: Invalid naming every bad parameter."""
    problems: dict[str, list[Problem]] = {}
    found = {known.key: value for known, value in _values(filters, query, problems)}
    if problems:
        raise Invalid(problems)
    return found


def _values(
    filters: Iterable[Filter], query: Mapping[str, str], problems: dict[str, list[Problem]]
) -> Iterator[tuple[Filter, Any]]:
    for known in filters:
        if query.get(known.name, "") == "":
            continue
        try:
            yield known, known.read(query[known.name])
        except (ValueError, KeyError, OverflowError):
            expected = ", ".join(known.schema.get("enum", ()))
            problems[known.name] = [Problem("enum" if expected else "bad_filter", {"expected": expected})]


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
    return text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_COUNT))


def build_listing(
    shape: type[Shape],
    domain: Domain,
    *,
    search: tuple[str, ...] = (),
    order: tuple[str, ...] | None = None,
    orderings: tuple[str, ...] | None = None,
    filters: tuple[Filter, ...] = (),
    rules: ListRules = DEFAULT_RULES,
) -> Listing:
    """What can be filtered and ordered, from what the shape shows: references, enumerations, flags and dates.

    `orderings` keeps the words of `ordering` to some; `filters` come on top. Private fields can be neither
    filtered nor ordered: their matches and their order would tell what they are.
    """
    own, words = _from_shape(shape, domain)
    allowed = words if orderings is None else {name: words[name] for name in orderings}
    return Listing(shape, own + filters, allowed, search, order or rules.order, rules)


@cache
def _from_shape(shape: type[Shape], domain: Domain) -> tuple[tuple[Filter, ...], dict[str, str]]:
    filters: list[Filter] = []
    orderings = {}
    for name in shape.model_fields:
        path = path_of(shape, name)
        if path is None:
            continue
        steps = tuple(path.split("."))
        kind, field = domain.field_at(shape.of, steps)
        if field in domain.policy(kind).restricted_fields:
            continue
        if name != "id":
            filters += _filters(shape, name, kind, field, "__".join(steps))
        if len(steps) == 1 and (name == "id" or field not in references(kind)):
            orderings[name] = field
    return tuple(filters), orderings


def flag(name: str, key: str, *, reverse: bool = False) -> Filter:
    """A filter by a flag, or by its opposite."""
    words = {"true": not reverse, "1": not reverse, "false": reverse, "0": reverse}
    return Filter(name, words.__getitem__, key, {"type": "boolean"})


def text(name: str, key: str) -> Filter:
    """A filter by a text exactly."""
    return Filter(name, _read_text, key, {"type": "string"})


def identity(name: str, key: str) -> Filter:
    """A filter by the id of a row."""
    return Filter(name, _read_id, key, ID)


def month(name: str, key: str) -> Filter:
    """A filter by one month."""
    return Filter(name, _MONTH.validate_python, key, {"type": "string", "pattern": r"^\d{4}-\d{2}$"})


def day(name: str, key: str) -> Filter:
    """A filter by one day exactly."""
    return Filter(name, _read_day, key, {"type": "string", "format": "date"})


def _filters(shape: type[Shape], name: str, kind: type[Entity], field: str, key: str) -> list[Filter]:
    stored, _ = value_type(kind, field)
    if field in references(kind):
        return [identity(name, key)]
    if issubclass(stored, Enum):
        spelled, _ = plain_type(shape.model_fields[name].annotation)
        meant = _meanings(spelled if issubclass(spelled, Enum) else stored, stored)
        return [Filter(name, meant.__getitem__, f"{key}__in", {"type": "string", "enum": list(meant)})]
    if stored is bool:
        return [flag(name, key)]
    if stored is date:
        return [day(f"{name}_from", f"{key}__gte"), day(f"{name}_to", f"{key}__lte")]
    if stored is datetime:
        instant = {"type": "string", "description": "A date (in the center's time zone) or a date-time."}
        return [
            Filter(f"{name}_from", _read_start, f"{key}__gte", instant),
            Filter(f"{name}_to", _read_end, f"{key}__lte", instant),
        ]
    return []


def _meanings(spelled: type[Enum], stored: type[Enum]) -> dict[str, list[Enum]]:
    """What each word of a document stands for: several members where it has one word for them."""
    found: dict[str, list[Enum]] = {}
    for name, word in spelled.__members__.items():
        found.setdefault(str(word.value), []).append(stored[name])
    return found


_DAY: TypeAdapter[date] = TypeAdapter(Day)
_MONTH: TypeAdapter[str] = TypeAdapter(Month)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(datetime)
LOCAL = ZoneInfo("Asia/Tashkent")


def _read_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 19 or int(text) > LARGEST_ID:
        raise ValueError(text)
    return int(text)


def _read_text(text: str) -> str:
    if not is_storable(text):
        raise ValueError(text)
    return text


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
        if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", text):  # pydantic also takes seconds since 1970
            raise ValueError(text) from None
        found = _INSTANT.validate_python(text.replace(" ", "+"))
        if not 1900 <= found.year <= 2200:
            raise ValueError(text) from None
        return found if found.tzinfo else found.replace(tzinfo=LOCAL)
