"""Amounts in the units of their currency, there and back as the whole numbers that payment providers expect."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educore.kernel import GatewayFailed
from educore.kernel.payment_gateways import (
    REFUSED_CURRENCIES,
    ZERO_DECIMAL_CURRENCIES,
    from_minor,
    has_minor_units,
    to_minor,
)
from support.refusals import expect_invalid

CURRENCIES = st.sampled_from(["EUR", "UZS", "INR", "MAD", *sorted(ZERO_DECIMAL_CURRENCIES)])
COUNTS = st.integers(min_value=1, max_value=10**16)


@given(COUNTS, CURRENCIES)
def test_a_number_of_smallest_units_comes_back(count: int, currency: str) -> None:
    assert to_minor(from_minor(count, currency), currency) == count


@given(st.decimals("0.01", "99999999999999.99", places=2))
def test_an_amount_comes_back_to_the_cent(amount: Decimal) -> None:
    count = to_minor(amount, "EUR")
    assert type(count) is int
    assert str(from_minor(count, "EUR")) == str(amount)


@given(COUNTS, CURRENCIES)
def test_the_precision_of_decimals_changes_nothing(count: int, currency: str) -> None:
    with localcontext(prec=3):
        assert to_minor(from_minor(count, currency), currency) == count


@given(st.integers(min_value=1, max_value=10**12), st.integers(min_value=1, max_value=9), CURRENCIES)
def test_a_fraction_smaller_than_the_currency_has_is_refused(whole: int, digit: int, currency: str) -> None:
    places = 1 if currency in ZERO_DECIMAL_CURRENCIES else 3
    with expect_invalid() as codes:
        to_minor(Decimal(whole) + Decimal(digit).scaleb(-places), currency)
    assert codes == {"amount": "decimal_max_places"}
    assert to_minor(Decimal(f"{whole}.000"), currency) == whole * (1 if places == 1 else 100)


@pytest.mark.parametrize(
    ("amount", "currency", "count"),
    [
        *(("10.50", "EUR", 1050), ("10.5", "EUR", 1050), ("0.01", "USD", 1), ("1E+3", "INR", 100_000)),
        *(("500", "JPY", 500), ("500.00", "KRW", 500), ("1E+3", "VND", 1000), ("7", "CLP", 7)),
    ],
)
def test_amounts_are_counted_in_the_smallest_unit(amount: str, currency: str, count: int) -> None:
    assert to_minor(Decimal(amount), currency) == count


@pytest.mark.parametrize(
    ("count", "currency", "text"), [(1050, "EUR", "10.50"), (0, "EUR", "0.00"), (500, "JPY", "500")]
)
def test_an_amount_has_the_decimal_places_of_its_currency(count: int, currency: str, text: str) -> None:
    assert str(from_minor(count, currency)) == text


@pytest.mark.parametrize("amount", ["0", "-0.01", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_only_an_amount_above_0_is_counted(amount: str) -> None:
    with expect_invalid() as codes:
        to_minor(Decimal(amount), "EUR")
    assert codes == {"amount": "greater_than"}


@pytest.mark.parametrize("count", [-1, 1.0, True, "1", None])
def test_only_a_whole_number_is_an_amount(count: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        from_minor(count, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("currency", [*sorted(REFUSED_CURRENCIES), "", "eur", "EU", "EURO", "E1R", "EUR\n", "ЕUR"])
def test_a_currency_with_uncertain_units_is_not_counted(currency: str) -> None:
    assert not has_minor_units(currency)
    assert has_minor_units("EUR")
    for convert in (lambda: to_minor(Decimal(1), currency), lambda: from_minor(1, currency)):
        with pytest.raises(GatewayFailed) as failed:
            convert()
        assert failed.value.for_good
