"""The port that takes money over the network, and the units in which payment providers count it.

An intent is one amount that somebody is about to pay. The platform opens it, the payer pays it on a page of the
provider, and the platform looks at it until it is paid: only money that the provider has received is booked. Every
call may take seconds and may be repeated, so none of them belongs into a transaction.

Amounts are in units of their currency, such as 10.50 euros. Adapters convert them to the whole numbers that providers
expect: 1050 cents, but 500 yen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from educore.kernel.errors import Invalid, reduce_error


class Provider(StrEnum):
    """The providers of payments. `LOCAL` moves no money; it is for demonstrations and tests."""

    LOCAL = "local"
    STRIPE = "stripe"
    RAZORPAY = "razorpay"


class IntentState(StrEnum):
    """The state of an intent.

    `FAILED` is not final: the last attempt was declined, but the payer may try again, and the intent is then `PAID`.
    `PAID` stays after a refund. `CANCELLED` cannot be paid any more.
    """

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class OpenedIntent:
    """An intent that a provider has opened.

    `ref` is the provider's name for it. `client_secret` lets the browser of the payer pay it, and is for nobody else;
    it is empty if the provider needs only the `ref` there.
    """

    ref: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class SeenIntent:
    """An intent as its provider sees it now.

    `received` is the money that arrived, in units of the currency of the intent: 0 unless it is paid. Refunds do not
    lower it. `charge` names the payment for `refund`, and is None unless the intent is paid.
    """

    state: IntentState
    received: Decimal
    charge: str | None
    client_secret: str = field(repr=False)


class GatewayFailed(Exception):
    """A provider did not do what it was asked for. `reason` holds no secret.

    `for_good` means that the same call can never succeed. If it is false, the call may even have taken effect: repeat
    it with the same key.
    """

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_error(self)


class PaymentGateway(Protocol):
    """Takes money through one provider. Never call it in a transaction; it may take as long as its time limit.

    A `key` names what is to be done, and has 10 to 40 letters, digits, `-` and `_`. The same key does nothing twice,
    so make it of the id of the row that wants the thing done: `educore-intent-17`. Another key raises ValueError.
    """

    def takes(self, currency: str) -> bool:
        """Return whether amounts in the currency (ISO 4217) can be paid here."""
        ...

    def open(self, *, amount: Decimal, currency: str, key: str, about: str) -> OpenedIntent:
        """Open an intent for an amount, or return the one that has this key; `about` is shown in lists of payments.

        Raises: GatewayFailed; Invalid on `amount` ("greater_than", or "decimal_max_places" if the currency has no such
        fractions).
        """
        ...

    def look(self, ref: str) -> SeenIntent:
        """Return the intent as it is now. Raises: GatewayFailed, for good if there is none."""
        ...

    def refund(self, *, charge: str, amount: Decimal, currency: str, key: str) -> str:
        """Give back a part of a payment or all of it, and return the provider's name for the refund.

        `currency` is that of the payment. Raises: GatewayFailed, for good if less is left to give back; Invalid on
        `amount`, as `open`.
        """
        ...

    def heard(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """Return the ref of the intent that a callback is about; None for a callback about anything else.

        `body` is as it arrived, to the byte; the case of names in `headers` does not matter.
        Raises: Unauthenticated("signature") if the callback is not from the provider.
        """
        ...


# -- units ---------------------------------------------------------------------------------------------

ZERO_DECIMAL_CURRENCIES = frozenset("BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF".split())
"""The currencies whose smallest unit is the currency itself (docs.stripe.com/currencies#zero-decimal)."""

REFUSED_CURRENCIES = frozenset("BHD IQD JOD KWD LYD OMR TND CLF UYW ISK MGA UGX".split())
"""The currencies that no gateway takes.

The first seven have three decimals, of which cards take only some, and two have four. The last three are counted by
Stripe in other units than those of ISO 4217: 5 krónur are 500 there. A mistake would be a hundredfold amount.
"""

_KEY = re.compile("[A-Za-z0-9_-]{10,40}")


def has_minor_units(currency: str) -> bool:
    """Return whether every provider counts a currency, given by its ISO 4217 code, in the same unit."""
    return re.fullmatch("[A-Z]{3}", currency) is not None and currency not in REFUSED_CURRENCIES


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount above 0 as the number of smallest units of its currency: 10.50 euros are 1050.

    Raises: GatewayFailed, for good, if no gateway takes the currency; Invalid on `amount` ("greater_than", or
    "decimal_max_places" if it has smaller fractions than the currency).
    """
    places = _decimal_places(currency)
    if not amount.is_finite() or amount <= 0:
        raise Invalid.because("amount", "greater_than", gt=0)
    numerator, denominator = amount.as_integer_ratio()  # exact, whatever the precision of the decimal context
    count, remainder = divmod(numerator * (100 if places else 1), denominator)
    if remainder:
        raise Invalid.because("amount", "decimal_max_places", decimal_places=places)
    return count


def from_minor(count: int, currency: str) -> Decimal:
    """Return the amount of a number of smallest units, with as many decimal places as the currency has.

    Raises: GatewayFailed, for good, if no gateway takes the currency; ValueError if the number is not whole or below 0.
    """
    if type(count) is not int or count < 0:
        raise ValueError("an amount is a whole number of smallest units")
    return Decimal((0, tuple(map(int, str(count))), -_decimal_places(currency)))


def check_key(key: str) -> None:
    """Check that every provider accepts a key. Raises: ValueError."""
    if not _KEY.fullmatch(key):
        raise ValueError("a key has 10 to 40 letters, digits, - and _")


def _decimal_places(currency: str) -> int:
    if not has_minor_units(currency):
        raise GatewayFailed("no gateway takes this currency", for_good=True)
    return 0 if currency in ZERO_DECIMAL_CURRENCIES else 2
