"""Each payment gateway together with what its payers do, so that one contract can be tried on all of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import stripe

from educore.adapters.gateways.local import LOCAL_SIGNATURE_HEADER, LocalGateway
from educore.adapters.gateways.razorpay import RazorpayGateway
from educore.adapters.gateways.stripe import StripeGateway
from educore.kernel import PaymentGateway
from support.gateways.localstripe_server import LocalstripePayer
from support.gateways.provider_stand_in import ProviderStandIn
from support.gateways.razorpay_stand_in import RazorpayStandIn
from support.gateways.stripe_stand_in import StripeStandIn

STRIPE_KEY = "sk_test_a_key_that_nobody_may_see"
STRIPE_WEBHOOK_SECRET = "whsec_that_nobody_may_see"
RAZORPAY_ID = "rzp_test_id"
RAZORPAY_SECRET = "a-razorpay-secret-that-nobody-may-see"
RAZORPAY_WEBHOOK_SECRET = "a-razorpay-webhook-secret-that-nobody-may-see"
SECRETS = (STRIPE_KEY, STRIPE_WEBHOOK_SECRET, RAZORPAY_SECRET, RAZORPAY_WEBHOOK_SECRET)

KEYS = itertools.count(1)


@dataclass(frozen=True)
class Bench:
    """A gateway, and the ways of a payer and of the provider's callbacks.

    `cancel` is None where intents cannot be cancelled. `sign` gives the headers of a callback with any body, and
    `event` the body of a callback about an intent.
    """

    gateway: PaymentGateway
    pay: Callable[[str], object]
    decline: Callable[[str], object]
    cancel: Callable[[str], object] | None
    event: Callable[[str], bytes]
    sign: Callable[[bytes], dict[str, str]]
    stand_in: ProviderStandIn | None = field(default=None)


def stripe_at(url: str, *, key: str = STRIPE_KEY, timeout: float = 10) -> StripeGateway:
    """The gateway for a Stripe at an address."""
    return StripeGateway(key, webhook_secret=STRIPE_WEBHOOK_SECRET, url=url, timeout=timeout)


def razorpay_at(url: str, *, key: str = RAZORPAY_SECRET, timeout: float = 10) -> RazorpayGateway:
    """The gateway for a Razorpay at an address."""
    return RazorpayGateway(RAZORPAY_ID, secret=key, webhook_secret=RAZORPAY_WEBHOOK_SECRET, url=url, timeout=timeout)


def new_stripe_stand_in() -> StripeStandIn:
    return StripeStandIn(key=STRIPE_KEY)


def new_razorpay_stand_in() -> RazorpayStandIn:
    return RazorpayStandIn(key_id=RAZORPAY_ID, secret=RAZORPAY_SECRET, webhook_secret=RAZORPAY_WEBHOOK_SECRET)


@contextmanager
def local_bench(folder: Path, localstripe: Callable[[], str]) -> Iterator[Bench]:
    gateway = LocalGateway(folder / "payments.db")

    def sign(body: bytes) -> dict[str, str]:
        return {LOCAL_SIGNATURE_HEADER: gateway._sign(body)}

    yield Bench(gateway, gateway.pay, gateway.decline, gateway.cancel, lambda ref: gateway.callback(ref)[0], sign)


@contextmanager
def localstripe_bench(folder: Path, localstripe: Callable[[], str]) -> Iterator[Bench]:
    url = localstripe()
    with closing(LocalstripePayer(url, STRIPE_KEY)) as payer:
        yield Bench(stripe_at(url), payer.pay, payer.decline, payer.cancel, stripe_event, sign_stripe_event)


@contextmanager
def stripe_bench(folder: Path, localstripe: Callable[[], str]) -> Iterator[Bench]:
    account = new_stripe_stand_in()
    with account.running():
        gateway = stripe_at(account.url)
        yield Bench(
            gateway, account.pay, account.decline, account.cancel, stripe_event, sign_stripe_event, stand_in=account
        )


@contextmanager
def razorpay_bench(folder: Path, localstripe: Callable[[], str]) -> Iterator[Bench]:
    account = new_razorpay_stand_in()
    with account.running():
        gateway = razorpay_at(account.url)
        yield Bench(
            gateway,
            account.pay,
            account.decline,
            None,
            lambda ref: account.callback(ref)[0],
            account.sign_callback,
            stand_in=account,
        )


def new_key() -> str:
    """A key that nobody has used; localstripe serves many tests."""
    return f"educore-test-{next(KEYS)}"


def open_intent(gateway: PaymentGateway, amount: str = "10.50", currency: str = "EUR", key: str = "") -> str:
    """Open an intent, by default with a new key."""
    return gateway.open(amount=Decimal(amount), currency=currency, key=key or new_key(), about="Invoice 7").ref


def paid_charge(bench: Bench, amount: str = "10.50", currency: str = "EUR") -> tuple[str, str]:
    """The names of an intent that was paid, and of its payment."""
    ref = open_intent(bench.gateway, amount, currency)
    bench.pay(ref)
    charge = bench.gateway.look(ref).charge
    assert charge
    return ref, charge


def refund(bench: Bench, charge: str, amount: str, currency: str = "EUR", key: str = "") -> str:
    """Give back a part of a payment, by default with a new key."""
    return bench.gateway.refund(charge=charge, amount=Decimal(amount), currency=currency, key=key or new_key())


def stripe_event(ref: str, kind: str = "payment_intent.succeeded") -> bytes:
    """The body of an event of Stripe about a PaymentIntent."""
    return f'{{"object": "event", "type": "{kind}", "data": {{"object": {{"id": "{ref}"}}}}}}'.encode()


def sign_stripe_event(body: bytes, *, age: int = 0) -> dict[str, str]:
    """The headers of an event that Stripe sent some seconds ago."""
    text, moment = body.decode(errors="replace"), int(time.time()) - age
    header = stripe.WebhookSignature.generate_signature_header(text, STRIPE_WEBHOOK_SECRET, moment)
    return {"Stripe-Signature": header}


BENCHES = {"local": local_bench, "localstripe": localstripe_bench, "stripe": stripe_bench, "razorpay": razorpay_bench}
"""All gateways; `stripe` and `razorpay` are tried against stand-ins of ours."""
