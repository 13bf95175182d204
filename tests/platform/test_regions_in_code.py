"""No code outside these places knows a country: time zones, dialling codes and currencies come from the Center."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

import phonenumbers
import pytest
from babel.core import get_global

from support.sources import PACKAGES

ALLOWED = {
    "educore/values/regions.py": "the region of a platform whose settings name none",
    "educore/adapters/sql/migrations": "the region of rows from before there was a field for it",
    "educore/kernel/payment_gateways.py": "payment providers publish in which unit they count each currency",
    "educore_web/demo": "the demo is a school in Uzbekistan",
}
ZONES = {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}
CURRENCIES = {code for codes in get_global("territory_currencies").values() for code, *_ in codes} - {"ALL"}
"""All but the Albanian lek, whose code is a word of SQL."""

CODES = "|".join(str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE, reverse=True))
DIALLED = re.compile(rf"\+({CODES})(?=$|[0-9 ])")


def regions_in(text: str) -> list[str]:
    """Return the time zones, currencies and dialling codes that a text names."""
    words = re.findall(r"[A-Za-z_]+(?:/[A-Za-z_-]+)+|\b[A-Z]{3}\b", text)
    return [word for word in words if word in ZONES | CURRENCIES] + [found[0] for found in DIALLED.finditer(text)]


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every text in the code, with its line; docstrings may have examples."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


def test_only_the_allowed_places_name_a_region() -> None:
    named = {}
    for package in PACKAGES:
        for path in package.rglob("*.py"):
            place = path.relative_to(package.parent).as_posix()
            named |= {f"{place}:{line}": found for line, text in texts_of(path) if (found := regions_in(text))}
    assert not {place: found for place, found in named.items() if not place.startswith(tuple(ALLOWED))}
    for allowed in ALLOWED:
        assert any(place.startswith(allowed) for place in named), f"{allowed} names no region and needs no exception"


@pytest.mark.parametrize(
    "text", ["Asia/Tashkent", "in Europe/Berlin", "+998901234567", "+998", "+1 212", "5 UZS", "EUR"]
)
def test_every_kind_of_region_is_noticed(text: str) -> None:
    assert regions_in(text)


@pytest.mark.parametrize("text", ["region/city", "Etc/UTC", "+", "a+b", "the CSV, the API", "uzs"])
def test_other_texts_are_no_regions(text: str) -> None:
    assert not regions_in(text)
