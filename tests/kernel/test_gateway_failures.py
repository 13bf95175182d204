"""Payment gateways when the network or the provider fails, and what nobody may read in what is said about it."""

from __future__ import annotations

import logging
import pickle
import socket
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from educore.adapters.gateways.local import LocalGateway
from educore.adapters.gateways.razorpay import RazorpayGateway
from educore.adapters.gateways.stripe import StripeGateway
from educore.kernel import GatewayFailed, PaymentGateway
from support.gateways.benches import SECRETS, Bench, new_key, open_intent, paid_charge, razorpay_at, refund, stripe_at
from support.gateways.provider_stand_in import Trouble, answers, echo_credentials
from support.parametrize import each

REMOTE = pytest.mark.parametrize("bench", ["stripe", "razorpay"], indirect=True)
MAKERS = pytest.mark.parametrize("make", [stripe_at, razorpay_at])
Make = Callable[..., PaymentGateway]
Call = Callable[[], object]


@pytest.fixture(autouse=True)
def nothing_printed(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is printed, whatever fails."""
    yield
    assert tuple(capfd.readouterr()) == ("", "")


def calls(bench: Bench) -> dict[str, Call]:
    """Every call of a gateway over the network, each of which succeeds if there is no trouble."""
    ref, charge = paid_charge(bench)
    return {
        "open": lambda: open_intent(bench.gateway),
        "look": lambda: bench.gateway.look(ref),
        "refund": lambda: refund(bench, charge, "0.10"),
    }


def failure_of(call: Call) -> GatewayFailed:
    with pytest.raises(GatewayFailed) as failed:
        call()
    assert failed.value.reason == str(failed.value)
    return failed.value


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without an answer."""


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than comes."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{")


def speak_no_http(handler: BaseHTTPRequestHandler) -> None:
    """Answer in another language."""
    handler.wfile.write(b"\x00\x01\x02\r\n\r\n")


PASSING: dict[str, Trouble] = {
    **{str(status): answers(status, b"{}") for status in (408, 409, 425, 429, 500, 502, 503)},
    "a page": answers(500, b"<h1>Sorry</h1>"),
    "hang up": hang_up,
    "cut off": cut_off,
    "no HTTP": speak_no_http,
    "redirect": answers(302, b"{}", location="http://127.0.0.1:1/"),
    **{
        f"200 {content[:20]!r}": answers(200, content)
        for content in (
            *(b"", b"OK", b"[]", b"null", b"7", b'"x"', b"{}", b'{"id": null}', b'{"items": 7}', b"\xff\xfe\x00"),
            *(b'{"items": [{}], "data": [{}]}', b"[" * 60_000, b'{"id": ' + b"9" * 5000 + b"}", b'{"id": ["x"]}'),
            *('{"id": "x"}'.encode("utf-16"), b'{"x": "' + b"x" * 1_100_000 + b'"}', b'{"object": "list", "data": 7}'),
            b'{"id": "x", "status": "succeeded", "latest_charge": "x", "amount_received": 1.5, "currency": "eur"}',
            b'{"items": [{"id": "x", "status": "captured", "amount": "100", "currency": "EUR"}]}',
        )
    },
}
"""Troubles after which the same call may succeed."""


@REMOTE
@each("name", PASSING)
def test_trouble_that_passes_is_no_reason_to_give_up(bench: Bench, name: str) -> None:
    assert bench.stand_in
    for call in calls(bench).values():
        bench.stand_in.trouble = PASSING[name]
        failed = failure_of(call)
        assert (failed.for_good, bool(failed.reason)) == (False, True)
        bench.stand_in.trouble = None
        assert call()


@REMOTE
@each("status", [400, 402, 403, 404, 422])
def test_a_call_that_the_provider_refuses_is_not_repeated(bench: Bench, status: int) -> None:
    assert bench.stand_in
    for call in calls(bench).values():
        bench.stand_in.trouble = answers(status, b'{"error": {"message": "No\\n way", "description": "at all"}}')
        failed = failure_of(call)
        assert failed.for_good
        assert failed.reason.endswith(f" answers {status} No way at all")
        bench.stand_in.trouble = None
        assert call()


@REMOTE
@each("content", [b"", b"<h1>No</h1>", b"[]", b'{"error": 7}', b'{"error": {"message": 7, "code": ["x"]}}', b"\xff"])
def test_a_refusal_in_no_words_is_one_too(bench: Bench, content: bytes) -> None:
    assert bench.stand_in
    bench.stand_in.trouble = answers(400, content)
    assert failure_of(lambda: open_intent(bench.gateway)).reason.endswith(" answers 400")


@MAKERS
def test_a_network_that_is_down_may_come_back(make: Make) -> None:
    for url in ("http://127.0.0.1:1", "https://127.0.0.1:1", "https://no-such-host.invalid"):
        gateway = make(url, timeout=5)
        assert not failure_of(lambda gateway=gateway: open_intent(gateway)).for_good
        assert not failure_of(lambda gateway=gateway: gateway.look("x")).for_good


@MAKERS
def test_a_provider_that_never_answers_is_waited_for_no_longer_than_the_limit(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gateway = make(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        for call in (
            lambda: open_intent(gateway),
            lambda: gateway.look("x"),
            lambda: refund(bench_of(gateway), "x", "1"),
        ):
            assert not failure_of(call).for_good


def bench_of(gateway: PaymentGateway) -> Bench:
    return Bench(gateway, print, print, None, str.encode, dict)


@REMOTE
def test_of_an_endless_answer_only_the_beginning_is_read(bench: Bench) -> None:
    assert bench.stand_in
    pieces = iter(range(1000))

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in pieces:
            handler.wfile.write(b"x" * 65536)

    bench.stand_in.trouble = endless
    assert not failure_of(lambda: open_intent(bench.gateway)).for_good
    assert next(pieces, None) is not None, "all of it was taken"


@REMOTE
def test_a_call_whose_answer_was_lost_is_repeated_without_harm(bench: Bench) -> None:
    assert bench.stand_in
    _, charge = paid_charge(bench)
    keys = new_key(), new_key()

    def repeated(call: Call) -> tuple[object, object]:
        bench.stand_in.loses_answers = True  # type: ignore[union-attr]
        assert not failure_of(call).for_good
        bench.stand_in.loses_answers = False  # type: ignore[union-attr]
        return call(), call()

    first, again = repeated(lambda: open_intent(bench.gateway, key=keys[0]))
    assert first == again
    first, again = repeated(lambda: refund(bench, charge, "6", key=keys[1]))
    assert first == again
    assert refund(bench, charge, "4.50"), "more was given back than asked"


@REMOTE
def test_a_refused_key_is_refused_for_good(bench: Bench) -> None:
    assert bench.stand_in
    ref, charge = paid_charge(bench)
    make = stripe_at if isinstance(bench.gateway, StripeGateway) else razorpay_at
    stranger = make(bench.stand_in.url, key="sk_test_of_another_account")
    for call in (
        lambda: open_intent(stranger),
        lambda: stranger.look(ref),
        lambda: refund(bench_of(stranger), charge, "1"),
    ):
        failed = failure_of(call)
        assert failed.for_good
        assert " 401 " in failed.reason
    assert open_intent(bench.gateway)


# -- the local gateway ---------------------------------------------------------------------------------


def test_a_local_file_that_cannot_be_used_may_come_back(tmp_path: Path) -> None:
    folder, broken = tmp_path / "later", tmp_path / "broken.db"
    broken.write_text("no database at all, but long enough to be taken for one" * 100)
    gateway = LocalGateway(folder / "payments.db")
    for failing in (gateway, LocalGateway(broken)):
        for call in (
            lambda failing=failing: open_intent(failing),
            lambda failing=failing: failing.look("x"),
            lambda failing=failing: refund(bench_of(failing), "x", "1"),
            lambda failing=failing: failing.pay("x"),
        ):
            assert not failure_of(call).for_good
    folder.mkdir()
    assert open_intent(gateway)


# -- secrets -------------------------------------------------------------------------------------------


def shown(error: BaseException, *others: object) -> str:
    """Everything that a log shows of an error and of what was at work."""
    return "\n".join([str(error), repr(error), repr(vars(error)), *map(repr, others), *map(str, others)])


@REMOTE
@pytest.mark.parametrize("trouble", [echo_credentials, answers(500, b"{}"), answers(200, " ".join(SECRETS).encode())])
def test_no_secret_is_in_what_went_wrong(bench: Bench, trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    assert bench.stand_in
    with caplog.at_level(logging.DEBUG):
        for call in calls(bench).values():
            bench.stand_in.trouble = trouble
            failed = failure_of(call)
            logging.getLogger("educore").error("not paid through %r", bench.gateway, exc_info=failed)
            bench.stand_in.trouble = None
            assert not [secret for secret in hidden(bench) if secret in shown(failed, bench.gateway)]
    assert "not paid through" in caplog.text
    assert not [secret for secret in hidden(bench) if secret in caplog.text]


def test_no_secret_is_in_the_log_of_a_payment(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        opened = bench.gateway.open(amount=Decimal(1), currency="EUR", key=new_key(), about="Invoice 7")
        bench.pay(opened.ref)
        seen = bench.gateway.look(opened.ref)
        refund(bench, str(seen.charge), "1")
        bench.gateway.heard(bench.event(opened.ref), bench.sign(bench.event(opened.ref)))
        logging.getLogger("educore").info("paid: %r %r %r", opened, seen, bench.gateway)
    secrets = {*hidden(bench), *([opened.client_secret] if opened.client_secret else [])}
    assert opened.ref in caplog.text
    assert not [secret for secret in secrets if secret in caplog.text]


def hidden(bench: Bench) -> list[str]:
    """The secrets, and the form in which Razorpay gets its own."""
    sent = bench.stand_in.requests[-1].headers["authorization"] if bench.stand_in and bench.stand_in.requests else "-"
    return [*SECRETS, sent.rpartition(" ")[2]] if sent != "-" else [*SECRETS]


def test_a_failure_can_be_handed_to_another_process() -> None:
    for for_good in (True, False):
        copy: Any = pickle.loads(pickle.dumps(GatewayFailed("no", for_good=for_good)))  # noqa: S301
        assert (str(copy), copy.reason, copy.for_good) == ("no", "no", for_good)


@each("secret", ["", " ", "line\r\nX-Evil: 1", "ключ", "nul\0"])
def test_secrets_that_are_none_are_refused_without_repeating_them(secret: str) -> None:
    for make in (
        lambda: StripeGateway(secret, webhook_secret="whsec"),
        lambda: StripeGateway("sk_test", webhook_secret=secret),
        lambda: RazorpayGateway("rzp", secret=secret, webhook_secret="x"),
        lambda: RazorpayGateway("rzp", secret="x", webhook_secret=secret),
        lambda: RazorpayGateway(secret, secret="x", webhook_secret="x"),
    ):
        with pytest.raises(ValueError, match="printable and not empty") as refused:
            make()
        assert not secret.strip() or secret not in str(refused.value)
