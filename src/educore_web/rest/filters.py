"""Filters of lists: the query parameters, the reading of their values, and the filters that follow from a field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore import Entity, Invalid, Problem, UnitOfWork, Where, where
from educore.kernel import match_members, references, value_type
from educore.kernel.suggestions import nearest_name
from educore.organization import between_days, center_time_zone
from educore.values import Day, Month, is_storable
from educore_web.rest.request import Problems

PAGING = ("page", "page_size", "ordering")
LARGEST_ID = 2**63 - 1
ID_SCHEMA = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}


class Reads(Enum):
    """The kind of value that a filter reads, where an API may spell it in its own way."""

    ID = "id"
    FLAG = "flag"
    WORD = "word"
    OTHER = "other"


@dataclass(frozen=True)
class Filter:
    """One query parameter: its name, the function that reads its text, and its JSON schema.

    `is_addition` marks one by a field that the document of the API lacks.

    The value is compared with `key`, as in `where(**{key: value})`. A filter that depends on more than the row, such
    as on the current day, has a `condition`: a function of the unit of work and the value.
    `read` raises ValueError, KeyError or OverflowError for text that it cannot read, and `code` is that of the problem;
    if it raises a ValidationError, that says what is wrong. `reads` tells which rules of an API apply to it.
    """

    name: str
    read: Callable[[str], Any]
    key: str
    schema: Mapping[str, Any]
    condition: Callable[[UnitOfWork, Any], Where] | None = None
    code: str = "bad_filter"
    is_addition: bool = False
    reads: Reads = Reads.OTHER

    def problems_of(self, error: Exception) -> list[Problem]:
        """Return the problems of a text for which `read` raised an error."""
        if isinstance(error, ValidationError):
            return Invalid.from_pydantic(error).fields[""]
        if words := self.schema.get("items", self.schema).get("enum"):
            return [Problem("enum", {"expected": ", ".join(words)})]
        return [Problem(self.code)]


def flag_filter(name: str, key: str, *, reverse: bool = False) -> Filter:
    """Return a filter by a boolean field, spelled as in bodies: `true`, `True`, `1`; `reverse` inverts the value."""
    schema = {"type": "boolean"}
    return Filter(name, lambda text: _FLAG.validate_python(text.strip()) != reverse, key, schema, reads=Reads.FLAG)


def text_filter(name: str, key: str) -> Filter:
    """Return a filter by the exact text."""
    return Filter(name, _read_text, key, {"type": "string"}, code="bad_characters")


def id_filter(name: str, key: str, condition: Callable[[UnitOfWork, int], Where] | None = None) -> Filter:
    """Return a filter by the id of a row."""
    return Filter(name, _read_id, key, ID_SCHEMA, condition, code="int_parsing", reads=Reads.ID)


def month_filter(name: str, key: str) -> Filter:
    """Return a filter by one month, written 2024-01."""
    return Filter(name, _MONTH.validate_python, key, {"type": "string", "pattern": r"^\d{4}-\d{2}$"})


def day_filter(name: str, key: str) -> Filter:
    """Return a filter by one day, written 2024-01-31."""
    return Filter(name, _read_day, key, {"type": "string", "format": "date"})


def instant_filter(name: str, key: str, *, limit: str) -> Filter:
    """Return a filter by the instants "since" or "until" the given one; a day is one of the actor's Center."""
    schema = {"type": "string", "description": "A date (in the center's time zone) or a date-time."}
    return Filter(name, _read_instant, key, schema, partial(_limit_instant, key, limit), code="datetime_parsing")


def choice_filter(name: str, key: str, choices: Mapping[str, Any]) -> Filter:
    """Return a filter by a word of the document; `choices` maps each word to its value."""
    return Filter(name, choices.__getitem__, key, {"type": "string", "enum": list(choices)}, reads=Reads.WORD)


def field_filters(
    name: str, key: str, kind: type[Entity], field: str, shown: Any, *, limits: tuple[str, str] = ("_from", "_to")
) -> list[Filter]:
    """Return the filters that follow from the type of a field: none for most texts and numbers.

    `name` is the name of the field in the shape and `shown` its type there; `key` is the path of the field for `where`.
    `limits` are the ends of the names of the filters by the earliest and the latest day or instant.
    """
    since, until = (f"{name}{end}" for end in limits)
    stored, _ = value_type(kind, field)
    if field in references(kind):
        return [id_filter(name, key)]
    if issubclass(stored, Enum):
        return [
            choice_filter(name, f"{key}__in", _members_by_word(shown if issubclass(shown, Enum) else stored, stored))
        ]
    if stored is bool:
        return [flag_filter(name, key)]
    if stored is date:
        return [day_filter(name, key), day_filter(since, f"{key}__gte"), day_filter(until, f"{key}__lte")]
    if stored is datetime:
        return [instant_filter(since, key, limit="since"), instant_filter(until, key, limit="until")]
    return []


def read_parameters(filters: Iterable[Filter], query: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that a query gives for some filters, by their keys; used outside of lists.

    Raises: Invalid with a problem for each bad parameter.
    """
    problems: Problems = {}
    values = {known.key: value for known, value in read_filters(filters, query, problems)}
    if problems:
        raise Invalid(problems)
    return values


def find_unknown(known: Iterable[str], sent: Iterable[str]) -> list[Problem]:
    """Return a problem for each name that a sum does not know, with the nearest name that it knows.

    The parameters of pages, and those that only keep caches away (`_`), filter nothing.
    """
    names = sorted(known)
    unknown = [name for name in sent if name not in names and name not in PAGING and not name.startswith("_")]
    return [_unknown_filter(name, names) for name in unknown]


def _unknown_filter(name: str, known: list[str]) -> Problem:
    nearest = nearest_name(name, known) or next((other for other in known if other.startswith(name)), None)
    if nearest:
        return Problem("unknown_filter_near", {"nearest": nearest})
    return Problem("unknown_filter_of", {"expected": ", ".join(known)}) if known else Problem("unknown_filter")


def read_filters(
    filters: Iterable[Filter], query: Mapping[str, str], problems: Problems
) -> Iterator[tuple[Filter, Any]]:
    """Yield the filters that a query uses, with their values; add a problem for each value that cannot be read."""
    for known in filters:
        if query.get(known.name, "") == "":
            continue
        try:
            yield known, known.read(query[known.name])
        except (ValueError, KeyError, OverflowError) as error:
            problems[known.name] = known.problems_of(error)


def _members_by_word(shown: type[Enum], stored: type[Enum]) -> dict[str, list[Enum]]:
    """Return the members of the domain that each word of a document stands for: several if it has one word for them."""
    known = [member for member in stored if member.name in shown.__members__]  # its shape says whether all must be
    found: dict[str, list[Enum]] = {str(word.value): [] for word in shown}
    for member, word in match_members(stored, shown, only=known).items():
        found[str(word.value)].append(member)
    return found


_FLAG: TypeAdapter[bool] = TypeAdapter(bool)
_DAY: TypeAdapter[date] = TypeAdapter(Day)
_MONTH: TypeAdapter[str] = TypeAdapter(Month)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(datetime)


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


def _read_instant(text: str) -> date | datetime:
    """Return the day or the instant that a text names; an instant without an offset is one of the actor's Center."""
    try:
        return _DAY.validate_python(text)
    except ValidationError:
        if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", text):  # pydantic also takes seconds since 1970
            raise
        found = _INSTANT.validate_python(text.replace(" ", "+"))
        if not 1900 <= found.year <= 2200:
            raise ValueError(text) from None
        return found


def _limit_instant(key: str, limit: str, uow: UnitOfWork, value: date | datetime) -> Where:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return where(**{f"{key}__{'gte' if limit == 'since' else 'lte'}": value})
    zone = center_time_zone(uow, uow.actor.center_id)
    if isinstance(value, datetime):
        return _limit_instant(key, limit, uow, value.replace(tzinfo=zone))
    return between_days(key, zone, **{limit: value})
