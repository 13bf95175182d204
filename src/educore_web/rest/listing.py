"""Lists: the declaration of a list, the filters and orderings that follow from its shape, and the reading of a query.

An operation declares a `ListSpec`. It knows no domain; `compile` derives a `Listing` from it and the domain that the
application serves. `Listing.read` turns the query string of a request into a `ListQuery`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial, reduce
from operator import or_

from educore import Domain, Invalid, NotFound, Problem, Shape, UnitOfWork, Where, everything, nothing, where
from educore.kernel import compile_shape, path_of, references
from educore.kernel.entity import plain_type
from educore_web.rest.filters import Filter, field_filters, read_filters
from educore_web.rest.further_names import is_addition
from educore_web.rest.list_rules import DEFAULT_RULES, ListRules
from educore_web.rest.request import Problems
from educore_web.rest.search import holds_phone, read_terms
from educore_web.rest.seen_as import is_hidden

LARGEST_COUNT = 999_999_999
"""The largest number accepted as the number of a page or as its size."""


@dataclass(frozen=True)
class PageQuery:
    """The page that a query asks for: its number, from 1, and the number of its rows."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Return the number of rows before the page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class ListQuery:
    """A query string after validation: which rows, in which order, on which page."""

    condition: Where
    order: tuple[str, ...]
    page: PageQuery


@dataclass(frozen=True)
class ListSpec:
    """The declaration of one list.

    Filters and orderings follow from the fields that the shape shows: references, enumerations, flags and dates can be
    filtered, its own fields ordered. `filters` adds more, or replaces those of the same name. `orderings` allows only
    some words in `ordering`; it may map each to what it means, such as `{"grade__number": "grade_level.number"}`: a
    dotted path, or a count or a sum that the shape shows. `search` holds paths such as `user__last_name`. `order`
    replaces the default order of the rules.
    """

    shape: type[Shape]
    search: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    orderings: tuple[str, ...] | Mapping[str, str] | None = None
    filters: tuple[Filter, ...] = ()
    rules: ListRules = DEFAULT_RULES

    def compile(self, domain: Domain) -> Listing:
        """Return the list in a domain. Raises: TypeError, KeyError if it names something that is not there.

        Restricted fields can be neither filtered nor ordered: the matches and the order would reveal their values.
        """
        filters, words = _derived(self.shape, domain, self.rules)
        orderings = self._orderings(words, domain)
        own = {known.name: known for known in self.filters}
        filters = tuple(own.pop(known.name, known) for known in filters) + tuple(own.values())
        filters = tuple(map(self.rules.spell, filters))
        phones = tuple(path for path in self.search if holds_phone(domain, self.shape.of, path.split("__")))
        order = self.order or self.rules.order
        return Listing(filters, orderings, self.search, phones, order, self.rules)

    def _orderings(self, derived: Mapping[str, str], domain: Domain) -> Mapping[str, str]:
        if self.orderings is None:
            return derived
        if not isinstance(self.orderings, Mapping):
            return {name: derived[name] for name in self.orderings}
        for path in self.orderings.values():
            _check_ordering(self.shape, path, domain)
        return self.orderings


@dataclass(frozen=True)
class Listing:
    """The filters, orderings and searched paths of one list; `orderings` maps each word to a key of `Page.order`.

    `phones` are those of the searched paths that lead to phone numbers.
    """

    filters: tuple[Filter, ...]
    orderings: Mapping[str, str]
    search: tuple[str, ...]
    phones: tuple[str, ...]
    order: tuple[str, ...]
    rules: ListRules

    def read(self, uow: UnitOfWork, query: Mapping[str, str]) -> ListQuery:
        """Validate a query string. Raises: NotFound for a bad page, Invalid with a problem for each bad parameter."""
        problems: Problems = {}
        number = _page_number(query)
        condition = self._filter(uow, query, problems) & self._search(uow, query.get("search", ""), problems)
        order = self._order(query, problems)
        size = _page_size(query, self.rules, problems)
        if problems:
            raise Invalid(problems)
        return ListQuery(condition, order, PageQuery(number, size))

    def without(self, hidden: frozenset[str]) -> Listing:
        """Return the list for somebody to whom some fields are hidden: they can neither find nor sort by them."""
        if not hidden:
            return self
        return replace(
            self,
            filters=tuple(known for known in self.filters if not is_hidden(known.key, hidden)),
            orderings={word: path for word, path in self.orderings.items() if path.replace(".", "__") not in hidden},
            search=tuple(path for path in self.search if path not in hidden),
            phones=tuple(path for path in self.phones if path not in hidden),
        )

    def _filter(self, uow: UnitOfWork, query: Mapping[str, str], problems: Problems) -> Where:
        condition = everything
        for known, value in read_filters(self.filters, query, problems):
            condition &= known.condition(uow, value) if known.condition else where(**{known.key: value})
        return condition

    def _search(self, uow: UnitOfWork, text: str, problems: Problems) -> Where:
        """Return the rows where each term of the text stands in at least one of the searched fields."""
        if "\0" in text:
            problems["search"] = [Problem("bad_characters")]
        condition = everything
        for term in read_terms(uow, text) if self.search else ():
            condition &= term.condition(partial(_in_any, self.search), partial(_in_any, self.phones))
        return condition

    def _order(self, query: Mapping[str, str], problems: Problems) -> tuple[str, ...]:
        words = [word.strip() for word in query.get("ordering", "").split(",") if word.strip()]
        known = [word for word in words if word.removeprefix("-") in self.orderings]
        if known != words and self.rules.refuses_unknown_orderings:
            problems["ordering"] = [Problem("bad_ordering", {"expected": ", ".join(self.orderings)})]
            return self.order
        fields = tuple("-" * word.startswith("-") + self.orderings[word.removeprefix("-")] for word in known)
        return fields or self.order


def _in_any(paths: Iterable[str], text: str) -> Where:
    return reduce(or_, (where(**{f"{path}__icontains": text}) for path in paths), nothing)


@cache
def _derived(shape: type[Shape], domain: Domain, rules: ListRules) -> tuple[tuple[Filter, ...], dict[str, str]]:
    """Return the filters and the orderings that follow from the fields of a shape."""
    filters: list[Filter] = []
    orderings = {}
    for name, info in shape.model_fields.items():
        path = path_of(shape, name)
        if path is None:
            continue
        steps = tuple(path.split("."))
        kind, field = domain.field_at(shape.of, steps)
        if field in domain.policy(kind).restricted_fields:
            continue
        if name != "id":
            shown, _ = plain_type(info.annotation)
            found = field_filters(name, "__".join(steps), kind, field, shown, limits=(rules.since, rules.until))
            filters += [replace(known, is_addition=True) for known in found] if is_addition(info) else found
        if len(steps) == 1 and (name == "id" or field not in references(kind)):
            orderings[name] = field
    return (*filters, *_always(shape, domain, rules, {known.name for known in filters})), orderings


def _always(shape: type[Shape], domain: Domain, rules: ListRules, present: set[str]) -> Iterator[Filter]:
    """Yield the filters by the fields that the rules name, where the kind has them and the shape shows none."""
    kind = shape.of
    for name in rules.always:
        if name not in kind.model_fields or name in domain.policy(kind).restricted_fields:
            continue
        shown, _ = plain_type(kind.model_fields[name].annotation)
        found = field_filters(name, name, kind, name, shown, limits=(rules.since, rules.until))
        yield from (known for known in found if known.name not in present)


@cache
def _check_ordering(shape: type[Shape], path: str, domain: Domain) -> None:
    """Refuse an order by anything but a figure of the shape or an open field. Raises: TypeError."""
    if path not in compile_shape(shape, domain).figures:
        kind, field = domain.open_field_at(shape.of, path.split("."))
        if field in domain.policy(kind).restricted_fields:
            raise TypeError(f"{kind.__name__}.{field} is restricted: an order would reveal its values")


def _page_number(query: Mapping[str, str]) -> int:
    number = query.get("page") or "1"
    if not _is_count(number) or int(number) == 0:
        raise NotFound(page=number)
    return int(number)


def _page_size(query: Mapping[str, str], rules: ListRules, problems: Problems) -> int:
    size = query.get("page_size") or str(rules.page_size)
    if _is_count(size) and int(size) > 0:
        return min(int(size), rules.largest_page)
    problems["page_size"] = [Problem("int_between", {"least": 1, "most": rules.largest_page})]
    return rules.page_size


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_COUNT))
