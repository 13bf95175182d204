"""Peculiarities of Stripe and of Razorpay, and the stand-ins checked against the SDKs of the providers."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from queue import Queue
from urllib.parse import parse_qs

import httpx
import pytest
import razorpay
from razorpay.errors import SignatureVerificationError

from educore import Unauthenticated
from educore.kernel import GatewayFailed, IntentState
from support.gateways.benches import (
    RAZORPAY_ID,
    RAZORPAY_SECRET,
    RAZORPAY_WEBHOOK_SECRET,
    STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET,
    Bench,
    new_key,
    open_intent,
    paid_charge,
    refund,
    sign_stripe_event,
    stripe_at,
    stripe_event,
)
from support.gateways.localstripe_server import LocalstripePayer
from support.gateways.provider_stand_in import Answer, ProviderStandIn, Request
from support.gateways.razorpay_stand_in import RazorpayStandIn
from support.gateways.stripe_stand_in import StripeStandIn
from support.parametrize import each

STRIPE = pytest.mark.parametrize("bench", ["stripe"], indirect=True)
RAZORPAY = pytest.mark.parametrize("bench", ["razorpay"], indirect=True)

# -- Stripe --------------------------------------------------------------------------------------------


@STRIPE
def test_stripe_is_asked_for_a_payment_by_card_in_cents(bench: Bench) -> None:
    bench.gateway.open(amount=Decimal("10.50"), currency="EUR", key="educore-intent-7", about="Invoice 7, Ziyo")
    assert isinstance(bench.stand_in, StripeStandIn)
    (request,) = bench.stand_in.requests
    assert (request.method, request.path) == ("POST", "/v1/payment_intents")
    assert request.headers["idempotency-key"] == "educore-intent-7"
    assert parse_qs(request.body.decode()) == {
        "amount": ["1050"],
        "currency": ["eur"],
        "description": ["Invoice 7, Ziyo"],
        "metadata[key]": ["educore-intent-7"],
        "payment_method_types[0]": ["card"],
    }


@STRIPE
def test_a_refund_is_made_once_also_after_stripe_has_forgotten_its_key(bench: Bench) -> None:
    _, charge = paid_charge(bench)
    account = bench.stand_in
    assert isinstance(account, StripeStandIn)
    account.forgets_keys = True
    key = new_key()
    assert refund(bench, charge, "4", key=key) == refund(bench, charge, "4", key=key)
    assert len(account.refunds) == 1
    refund(bench, charge, "4")
    assert len(account.refunds) == 2


@STRIPE
def test_a_refund_that_failed_at_stripe_is_no_success(bench: Bench) -> None:
    _, charge = paid_charge(bench)
    account = bench.stand_in
    assert isinstance(account, StripeStandIn)
    key = new_key()
    assert refund(bench, charge, "4", key=key)
    for status in ("failed", "canceled"):
        account.refunds[0]["status"] = status
        with pytest.raises(GatewayFailed) as failed:
            refund(bench, charge, "4", key=key)
        assert failed.value.for_good


@STRIPE
def test_a_refund_of_the_dashboard_of_stripe_is_somebody_elses(bench: Bench) -> None:
    account = bench.stand_in
    assert isinstance(account, StripeStandIn)
    _, charge = paid_charge(bench)
    for number, metadata in enumerate(({}, None, {"key": "of the dashboard"})):
        account.refunds.append(
            {"id": f"re_x{number}", "object": "refund", "charge": charge, "metadata": metadata, "amount": 1}
        )
    assert re.fullmatch("re_[0-9]+", refund(bench, charge, "4"))


@STRIPE
@each("status", ["requires_confirmation", "requires_action", "processing", "requires_capture", "a_new_one"])
def test_an_intent_of_stripe_is_open_until_it_is_certain(bench: Bench, status: str) -> None:
    assert isinstance(bench.stand_in, StripeStandIn)
    ref = open_intent(bench.gateway)
    bench.stand_in.intents[ref]["status"] = status
    assert bench.gateway.look(ref).state is IntentState.OPEN


@STRIPE
def test_stripe_may_receive_less_than_was_to_be_paid(bench: Bench) -> None:
    assert isinstance(bench.stand_in, StripeStandIn)
    ref, _ = paid_charge(bench, "10.50")
    bench.stand_in.intents[ref]["amount_received"] = 800
    assert bench.gateway.look(ref).received == Decimal(8)


@STRIPE
def test_events_of_stripe_are_ours_if_they_are_about_an_intent(bench: Bench) -> None:
    for kind, found in (
        *((f"payment_intent.{end}", "pi_1") for end in ("succeeded", "payment_failed", "canceled", "processing")),
        *((kind, None) for kind in ("charge.refunded", "customer.created", "payment_intents.x", "")),
    ):
        body = stripe_event("pi_1", kind)
        assert bench.gateway.heard(body, bench.sign(body)) == found, kind


@STRIPE
def test_an_event_of_stripe_is_not_heard_again_later(bench: Bench) -> None:
    body = stripe_event("pi_1")
    assert bench.gateway.heard(body, sign_stripe_event(body, age=200)) == "pi_1"
    with pytest.raises(Unauthenticated):
        bench.gateway.heard(body, sign_stripe_event(body, age=400))


@dataclass
class Endpoint(ProviderStandIn):
    """An endpoint that keeps the callbacks it gets."""

    received: Queue[Request] = field(default_factory=Queue)

    def answer(self, request: Request) -> Answer:
        self.received.put(request)
        return 200, {}


def test_callbacks_that_localstripe_sends_are_heard(localstripe: str) -> None:
    gateway, endpoint = stripe_at(localstripe), Endpoint()
    with endpoint.running(), closing(LocalstripePayer(localstripe, STRIPE_KEY)) as payer:
        webhook = {"url": endpoint.url, "secret": STRIPE_WEBHOOK_SECRET}
        httpx.post(f"{localstripe}/_config/webhooks/x", json=webhook, trust_env=False).raise_for_status()
        ref = open_intent(gateway)
        payer.pay(ref)
        heard = set()
        while ref not in heard:  # other tests may have paid a moment ago
            request = endpoint.received.get(timeout=60)
            heard.add(gateway.heard(request.body, request.headers))


# -- Razorpay ------------------------------------------------------------------------------------------


@RAZORPAY
def test_razorpay_is_asked_for_an_order_in_cents(bench: Bench) -> None:
    bench.gateway.open(amount=Decimal("10.50"), currency="INR", key="educore-intent-7", about="x" * 300)
    assert isinstance(bench.stand_in, RazorpayStandIn)
    (order,) = bench.stand_in.orders.values()
    assert order.items() >= {"amount": 1050, "currency": "INR", "receipt": "educore-intent-7"}.items()
    assert order.items() >= {"unique_receipt": True, "payment_capture": True}.items()
    assert len(order["notes"]["about"]) == 256
    assert bench.stand_in.requests[-1].headers["content-type"] == "application/json"


@RAZORPAY
@pytest.mark.parametrize("duplicates", ["same", "refused", "created"])
def test_one_key_is_one_order_however_razorpay_treats_receipts(bench: Bench, duplicates: str) -> None:
    account, key = bench.stand_in, new_key()
    assert isinstance(account, RazorpayStandIn)
    account.duplicates = duplicates
    assert open_intent(bench.gateway, key=key) == open_intent(bench.gateway, key=key)
    assert len(account.orders) == 1


@RAZORPAY
@pytest.mark.parametrize("duplicates", ["same", "refused"])
def test_an_order_that_somebody_else_opens_meanwhile_is_the_same(bench: Bench, duplicates: str) -> None:
    account, key = bench.stand_in, new_key()
    assert isinstance(account, RazorpayStandIn)
    account.duplicates = duplicates
    answer, hidden = account.answer, list(range(2))

    def answer_late(request: Request) -> Answer:
        """Hide the order from the first request that looks for it."""
        is_search = (request.method, request.path) == ("GET", "/v1/orders")
        return (200, {"items": []}) if is_search and hidden and hidden.pop() is not None else answer(request)

    account.answer = answer_late  # type: ignore[method-assign]
    first = open_intent(bench.gateway, key=key)
    assert open_intent(bench.gateway, key=key) == first
    assert (hidden, len(account.orders)) == ([], 1)


@RAZORPAY
def test_razorpay_may_receive_another_amount_than_was_to_be_paid(bench: Bench) -> None:
    assert isinstance(bench.stand_in, RazorpayStandIn)
    ref, charge = paid_charge(bench, "10.50")
    bench.stand_in.payments[charge]["amount"] = 800
    assert bench.gateway.look(ref).received == Decimal(8)


@RAZORPAY
def test_an_authorized_payment_has_not_arrived(bench: Bench) -> None:
    account = bench.stand_in
    assert isinstance(account, RazorpayStandIn)
    ref = open_intent(bench.gateway)
    account.decline(ref)
    account.pay(ref, status="authorized")
    assert bench.gateway.look(ref).state is IntentState.OPEN
    account.pay(ref)
    assert bench.gateway.look(ref).state is IntentState.PAID


@RAZORPAY
def test_a_refund_that_failed_at_razorpay_is_no_success(bench: Bench) -> None:
    account, key = bench.stand_in, new_key()
    assert isinstance(account, RazorpayStandIn)
    _, charge = paid_charge(bench)
    ref = refund(bench, charge, "4", key=key)
    account.refunds[ref]["status"] = "pending"
    assert refund(bench, charge, "4", key=key) == ref
    account.refunds[ref]["status"] = "failed"
    with pytest.raises(GatewayFailed) as failed:
        refund(bench, charge, "4", key=key)
    assert failed.value.for_good


@RAZORPAY
def test_a_refund_is_made_once_also_after_razorpay_has_forgotten_its_key(bench: Bench) -> None:
    account, key = bench.stand_in, new_key()
    assert isinstance(account, RazorpayStandIn)
    _, charge = paid_charge(bench)
    ref = refund(bench, charge, "4", key=key)
    assert account.requests[-1].headers["x-refund-idempotency"] == key
    account.forget_keys()
    assert refund(bench, charge, "4", key=key) == ref
    assert len(account.refunds) == 1


@RAZORPAY
def test_a_refund_without_notes_is_somebody_elses(bench: Bench) -> None:
    account = bench.stand_in
    assert isinstance(account, RazorpayStandIn)
    _, charge = paid_charge(bench)
    for number, notes in enumerate(([], None, {"key": "of the dashboard"})):
        account.refunds[f"rfnd_x{number}"] = {"payment_id": charge, "notes": notes, "status": "processed", "amount": 1}
    assert re.fullmatch("rfnd_[0-9]+", refund(bench, charge, "4"))


@RAZORPAY
def test_callbacks_of_razorpay_are_ours_if_they_are_about_an_order(bench: Bench) -> None:
    account = bench.stand_in
    assert isinstance(account, RazorpayStandIn)
    for event, found in (
        *((event, "order_1") for event in ("payment.captured", "payment.failed", "payment.authorized", "order.paid")),
        *((event, None) for event in ("refund.processed", "settlement.processed", "")),
    ):
        assert bench.gateway.heard(*account.callback("order_1", event)) == found, event


@RAZORPAY
def test_the_stand_in_signs_as_the_sdk_of_razorpay_expects(bench: Bench) -> None:
    account = bench.stand_in
    assert isinstance(account, RazorpayStandIn)
    sdk = razorpay.Client(auth=(RAZORPAY_ID, RAZORPAY_SECRET)).utility
    ref = open_intent(bench.gateway)
    page = account.pay(ref)
    assert sdk.verify_payment_signature(page)
    with pytest.raises(SignatureVerificationError):
        sdk.verify_payment_signature(page | {"razorpay_payment_id": "pay_of_another"})
    body, headers = account.callback(ref)
    signature = headers["X-Razorpay-Signature"]
    assert sdk.verify_webhook_signature(body.decode(), signature, RAZORPAY_WEBHOOK_SECRET)
    with pytest.raises(SignatureVerificationError):
        sdk.verify_webhook_signature(body.decode(), signature, RAZORPAY_SECRET)
