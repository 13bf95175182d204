"""The contract of every payment gateway, tried on all of them.

Stripe is tried against localstripe, a stand-in that others keep. It ignores idempotency keys, accepts refunds above the
payment and takes no second card after a declined one: `BEYOND_LOCALSTRIPE` proves these points on a stand-in of ours.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from educore import Invalid, Unauthenticated
from educore.kernel import GatewayFailed, IntentState, SeenIntent
from support.gateways.benches import BENCHES, Bench, new_key, open_intent, paid_charge, refund
from support.refusals import expect_invalid

BEYOND_LOCALSTRIPE = pytest.mark.parametrize(
    "bench", [name for name in BENCHES if name != "localstripe"], indirect=True
)
THAT_CANCEL = pytest.mark.parametrize("bench", [name for name in BENCHES if name != "razorpay"], indirect=True)
"""Razorpay has no cancelled orders."""


# -- opening -------------------------------------------------------------------------------------------


def test_an_intent_is_open_until_somebody_pays(bench: Bench) -> None:
    opened = bench.gateway.open(amount=Decimal("10.50"), currency="EUR", key=new_key(), about="Invoice 7, Ziyo")
    assert opened.ref
    open_one = SeenIntent(IntentState.OPEN, Decimal(0), None, opened.client_secret)
    assert bench.gateway.look(opened.ref) == bench.gateway.look(opened.ref) == open_one


@BEYOND_LOCALSTRIPE
def test_one_key_opens_one_intent(bench: Bench) -> None:
    key = new_key()
    first, again = (
        bench.gateway.open(amount=Decimal("10.50"), currency="EUR", key=key, about="Invoice 7") for _ in range(2)
    )
    assert first == again
    assert first.client_secret == again.client_secret
    assert open_intent(bench.gateway) != first.ref


@BEYOND_LOCALSTRIPE
def test_one_key_opens_one_intent_also_when_it_is_paid(bench: Bench) -> None:
    key = new_key()
    ref = open_intent(bench.gateway, key=key)
    bench.pay(ref)
    assert open_intent(bench.gateway, key=key) == ref


@BEYOND_LOCALSTRIPE
def test_a_key_is_for_one_amount(bench: Bench) -> None:
    key = new_key()
    open_intent(bench.gateway, "10.50", key=key)
    for amount, currency in (("10.51", "EUR"), ("10.50", "USD")):
        with pytest.raises(GatewayFailed) as failed:
            open_intent(bench.gateway, amount, currency, key)
        assert failed.value.for_good


def test_amounts_that_cannot_be_paid_are_refused(bench: Bench) -> None:
    _, charge = paid_charge(bench)
    refused = [
        *(("0", "EUR", "greater_than"), ("-1", "EUR", "greater_than"), ("NaN", "EUR", "greater_than")),
        *(("0.001", "EUR", "decimal_max_places"), ("0.5", "JPY", "decimal_max_places")),
    ]
    for amount, currency, code in refused:
        with expect_invalid() as codes:
            open_intent(bench.gateway, amount, currency)
        assert codes == {"amount": code}
        with pytest.raises(Invalid):
            refund(bench, charge, amount, currency)


def test_a_currency_that_is_not_taken_is_refused_for_good(bench: Bench) -> None:
    assert [bench.gateway.takes(currency) for currency in ("EUR", "UZS", "JPY", "INR")] == [True] * 4
    for currency in ("KWD", "ISK", "UGX", "MGA", "eur", "EURO", ""):
        assert not bench.gateway.takes(currency), currency
        with pytest.raises(GatewayFailed) as failed:
            open_intent(bench.gateway, "10", currency)
        assert failed.value.for_good


@pytest.mark.parametrize(
    "key", ["", "short-key", "x" * 41, "with spaces in it", "educore/intent/7", "ключ-intent-7", "a" * 12 + "\n"]
)
def test_a_key_that_not_every_provider_accepts_is_an_error(bench: Bench, key: str) -> None:
    with pytest.raises(ValueError, match="10 to 40"):
        bench.gateway.open(amount=Decimal(10), currency="EUR", key=key, about="Invoice 7")
    with pytest.raises(ValueError, match="10 to 40"):
        bench.gateway.refund(charge="x", amount=Decimal(10), currency="EUR", key=key)
    open_intent(bench.gateway, key=new_key())


# -- paying --------------------------------------------------------------------------------------------


def test_money_that_arrived_is_seen(bench: Bench) -> None:
    opened = bench.gateway.open(amount=Decimal("10.50"), currency="EUR", key=new_key(), about="Invoice 7")
    bench.pay(opened.ref)
    seen = bench.gateway.look(opened.ref)
    assert (seen.state, seen.received, seen.client_secret) == (IntentState.PAID, Decimal("10.50"), opened.client_secret)
    assert seen.charge
    assert bench.gateway.look(opened.ref) == seen


def test_a_declined_card_brings_no_money(bench: Bench) -> None:
    ref = open_intent(bench.gateway)
    bench.decline(ref)
    seen = bench.gateway.look(ref)
    assert (seen.state, seen.received, seen.charge) == (IntentState.FAILED, Decimal(0), None)


@BEYOND_LOCALSTRIPE
def test_after_a_declined_card_another_one_may_pay(bench: Bench) -> None:
    ref = open_intent(bench.gateway)
    bench.decline(ref)
    bench.pay(ref)
    assert bench.gateway.look(ref).state is IntentState.PAID


@THAT_CANCEL
def test_a_cancelled_intent_is_seen(bench: Bench) -> None:
    assert bench.cancel
    ref, other = open_intent(bench.gateway), open_intent(bench.gateway)
    bench.cancel(ref)
    seen = bench.gateway.look(ref)
    assert (seen.state, seen.received, seen.charge) == (IntentState.CANCELLED, Decimal(0), None)
    assert bench.gateway.look(other).state is IntentState.OPEN


@pytest.mark.parametrize("ref", ["pi_of_nobody", "", "../refunds", "a b", "x?y=1", "x" * 300, "é"])
def test_an_intent_that_nobody_opened_is_not_there_for_good(bench: Bench, ref: str) -> None:
    with pytest.raises(GatewayFailed) as failed:
        bench.gateway.look(ref)
    assert failed.value.for_good
    assert bench.gateway.look(open_intent(bench.gateway)).state is IntentState.OPEN


def test_a_currency_without_fractions_keeps_its_amounts(bench: Bench) -> None:
    ref, charge = paid_charge(bench, "500", "JPY")
    received = bench.gateway.look(ref).received
    assert (received, str(received)) == (Decimal(500), "500")
    assert refund(bench, charge, "200", "JPY") != refund(bench, charge, "300", "JPY")


def test_the_smallest_and_a_very_large_amount_arrive_whole(bench: Bench) -> None:
    for amount in ("0.01", "999999999999.99"):
        ref, _ = paid_charge(bench, amount)
        assert str(bench.gateway.look(ref).received) == amount


# -- refunds -------------------------------------------------------------------------------------------


def test_a_payment_is_given_back_whole_and_stays_paid(bench: Bench) -> None:
    ref, charge = paid_charge(bench)
    before = bench.gateway.look(ref)
    assert refund(bench, charge, "10.50")
    assert bench.gateway.look(ref) == before


@BEYOND_LOCALSTRIPE
def test_a_payment_is_given_back_in_parts_and_never_more_than_it_was(bench: Bench) -> None:
    _, charge = paid_charge(bench)
    with pytest.raises(GatewayFailed) as failed:
        refund(bench, charge, "10.51")
    assert failed.value.for_good
    refs = {refund(bench, charge, "4"), refund(bench, charge, "6")}
    with pytest.raises(GatewayFailed) as failed:
        refund(bench, charge, "0.51")
    assert failed.value.for_good
    assert len(refs | {refund(bench, charge, "0.50")}) == 3


def test_one_key_gives_back_once(bench: Bench) -> None:
    _, charge = paid_charge(bench)
    key = new_key()
    first = refund(bench, charge, "4", key=key)
    assert refund(bench, charge, "4", key=key) == first
    assert refund(bench, charge, "4") != first


@BEYOND_LOCALSTRIPE
def test_one_key_gives_back_once_also_by_what_is_left(bench: Bench) -> None:
    _, charge = paid_charge(bench)
    key = new_key()
    refund(bench, charge, "6", key=key)
    refund(bench, charge, "6", key=key)
    assert refund(bench, charge, "4.50")
    with pytest.raises(GatewayFailed):
        refund(bench, charge, "0.01")


def test_a_key_is_for_one_refund(bench: Bench) -> None:
    _, charge = paid_charge(bench)
    key = new_key()
    refund(bench, charge, "4", key=key)
    with pytest.raises(GatewayFailed) as failed:
        refund(bench, charge, "5", key=key)
    assert failed.value.for_good


def test_what_was_never_paid_is_not_given_back(bench: Bench) -> None:
    ref = open_intent(bench.gateway)
    for charge in (ref, "ch_of_nobody", "", "../x"):
        with pytest.raises(GatewayFailed) as failed:
            refund(bench, charge, "1")
        assert failed.value.for_good


# -- callbacks -----------------------------------------------------------------------------------------


def test_a_genuine_callback_names_its_intent(bench: Bench) -> None:
    ref = open_intent(bench.gateway)
    body = bench.event(ref)
    headers = bench.sign(body)
    assert bench.gateway.heard(body, headers) == ref
    assert bench.gateway.heard(body, {name.lower(): value for name, value in headers.items()}) == ref


def test_a_callback_that_was_altered_by_one_byte_is_refused(bench: Bench) -> None:
    body = bench.event(open_intent(bench.gateway))
    headers = bench.sign(body)
    assert bench.gateway.heard(body, headers)
    for position in range(len(body)):
        altered = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        with pytest.raises(Unauthenticated, match="signed"):
            bench.gateway.heard(altered, headers)


def test_a_callback_without_its_signature_is_refused(bench: Bench) -> None:
    body = bench.event("pi_1")
    ((name, signature),) = bench.sign(body).items()
    assert bench.gateway.heard(body, {name: signature}) == "pi_1"
    wrong = [
        "",
        "x",
        signature[:-1],
        signature[:-1] + "é",
        "é",
        "\udcff",
        "t=1,v1=é",
        "t=é,v1=x",
        "t=1",
        "=",
        ",,,",
        "\0",
    ]
    for headers in ({}, {"X-Other": signature}, *({name: text} for text in wrong)):
        with pytest.raises(Unauthenticated) as refused:
            bench.gateway.heard(body, headers)
        assert refused.value.code == "signature"


OTHER_BODIES = [
    *(b"", b"[]", b"null", b"{}", b"7", b'"x"', b"[" * 100_000, b"9" * 10_000, b'{"x": "' + b"x" * 1_000_000 + b'"}'),
    *(b'{"type": 1, "event": 1, "intent": 1}', b'{"type": "payment_intent."}', b'{"event": "payment.captured"}'),
    *(b'{"event": "order.paid", "payload": [{}]}', b'{"type": "payment_intent.x", "data": {"object": []}}'),
]


@pytest.mark.parametrize("body", OTHER_BODIES, ids=lambda body: ascii(body[:20]))
def test_a_genuine_callback_of_another_form_is_about_nothing(bench: Bench, body: bytes) -> None:
    assert bench.gateway.heard(body, bench.sign(body)) is None
    forged = {name: f"{signature[:-1]}x" for name, signature in bench.sign(body).items()}
    with pytest.raises(Unauthenticated):
        bench.gateway.heard(body, forged)


def test_a_callback_that_is_no_text_is_refused(bench: Bench) -> None:
    for body in (b"\xff\xfe\x00", b'{"type": "\xe9"}', b"\xff" * 1_000_000):
        with pytest.raises(Unauthenticated) as refused:
            bench.gateway.heard(body, bench.sign(body))
        assert refused.value.code == "signature"
