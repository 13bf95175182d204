"""Requests with an Idempotency-Key: repeated, they do nothing more and get the same answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from educore import FixedClock
from educore.billing import delete_answers
from educore_web.app import compose
from support.cast import ROOT, World, create_cast
from support.parametrize import each
from support.postgres import PostgresServer
from support.web.client import ApiResponse, AsgiConnection, Client, EduClient
from support.web.extra_rows import add_extra_rows
from support.web.recipes import Place, call_recipe, operation_path, recipe_row
from support.web.running_platform import RunningPlatform, open_test_platform, sign_in_person
from support.web.system import Op
from support.web.systems import EDUMASTER, OPS

MONEY = [op for op in OPS if op.accepts_idempotency_key]
KEY = {"idempotency-key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}
MATTERING = ("content-type", "cache-control", "location", "content-length")


@pytest.fixture
def edu(site: RunningPlatform) -> EduClient:
    """Somebody of the cast calling EduMaster."""
    return lambda name=None: site.client(name).of(EDUMASTER)


def _body(site: RunningPlatform, **more: Any) -> dict[str, Any]:
    return {"student": site.world.sardor.student_id, "amount": 500, "payment_type": "Cash"} | more


def _same(first: ApiResponse, second: ApiResponse) -> bool:
    """Byte for byte."""
    headers = [[answer.headers.get(name) for name in MATTERING] for answer in (first, second)]
    return (first.status, first.text, headers[0]) == (second.status, second.text, headers[1])


def _tables(site: RunningPlatform) -> dict[str, Any]:
    """All rows but those of the sign-ins."""
    return {name: rows for name, rows in site.rows().items() if name != "sign_in"}


def test_whatever_moves_money_honours_a_key() -> None:
    moving = {"payments", "invoices", "payroll", "charges"}
    others = {"payroll.proposal", "charges.preview"}
    expected = {op.name for op in OPS if op.section in moving and op.method != "GET"} - others
    assert {op.name for op in MONEY} == expected
    assert len(MONEY) == 18


@each("op", MONEY)
def test_a_repeated_request_is_answered_as_the_first_time_and_has_no_effect(op: Op, site: RunningPlatform) -> None:
    at, client = op.home(site), site.client("dilshod")
    first = call_recipe(client, op, at, headers=KEY)
    assert first.status == op.status, first.text
    after = _tables(site)
    site.clock.advance(minutes=10)
    second = call_recipe(client, op, at, headers=KEY)
    assert _same(first, second), (first.text, second.text)
    assert _tables(site) == after


@each("op", MONEY)
def test_openapi_tells_of_the_header(op: Op) -> None:
    (told,) = [known for known in op.described["parameters"] if known["name"] == "Idempotency-Key"]
    assert (told["in"], told["required"], told["schema"]["maxLength"]) == ("header", False, 255)


def test_openapi_tells_of_it_nowhere_else() -> None:
    for op in OPS:
        assert op.accepts_idempotency_key or "Idempotency-Key" not in {
            known["name"] for known in op.described["parameters"]
        }


def test_a_key_for_another_request_is_refused_with_what_to_do(site: RunningPlatform, edu: EduClient) -> None:
    client, money = site.client("aziza"), site.extras.money[site.world.tashkent.center.id]
    client.post("/payments/", _body(site, receipt_number="R"), headers=KEY).expect(201)
    before = _tables(site)
    for answer in (
        client.post("/payments/", _body(site, receipt_number="R", amount=501), headers=KEY),
        client.post("/payments/", _body(site, receipt_number="R", amount=501, payment_type="?") | {}, headers=KEY),
        client.patch(f"/payments/{money.payment}/", {"amount": 1}, headers=KEY),
        client.send("DELETE", f"/payments/{money.payment}/", headers=KEY),
    ):
        assert (answer.status, answer.body["status_code"]) == (400, 400)
        assert answer["error"] == "This Idempotency-Key belongs to another request; use a new one."
    other = {"invoice": money.books, "amount": "1", "payment_method": "cash"}
    answer = edu("aziza").post("/payments/payments/", other, headers=KEY | {"accept-language": "en"})
    assert (answer.status, answer.is_whole_refusal, "use a new one" in answer.text) == (400, True, True)
    assert _tables(site) == before


def test_a_key_belongs_to_one_person(site: RunningPlatform) -> None:
    ids = {
        site.client(who).post("/payments/", _body(site), headers=KEY).expect(201)["id"] for who in ("aziza", "malika")
    }
    assert len(ids) == 2
    assert site.client("timur").post("/payments/", _body(site), headers=KEY).status == 403


def test_what_was_refused_is_not_kept(site: RunningPlatform) -> None:
    client = site.client("aziza")
    assert client.post("/payments/", _body(site, amount=0), headers=KEY).status == 400
    assert client.post("/payments/", raw=b"{", headers=KEY).status == 400
    paid = client.post("/payments/", _body(site), headers=KEY).expect(201)
    assert client.post("/payments/", raw=b"{", headers=KEY).status == 400
    assert client.post("/payments/", _body(site), headers=KEY).body == paid.body


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "a\x7fb", "ключ", "é"])
def test_a_key_is_1_to_255_printable_characters(key: str, site: RunningPlatform, edu: EduClient) -> None:
    sent: Any = {"idempotency-key": key.encode()}
    answer = site.client("aziza").post("/payments/", _body(site), headers=sent)
    assert (answer.status, answer.is_whole_refusal, "255" in answer.text) == (400, True, True)
    assert edu("aziza").post("/payments/payments/", {}, headers=sent).is_whole_refusal
    assert site.client("sardor").post("/payments/", _body(site), headers=sent).status == 403
    assert site.client().post("/payments/", _body(site), headers=sent).status == 401
    assert site.client("aziza").send("GET", "/payments/", headers=sent).status == 200
    assert site.changed() == []


def test_the_longest_key_is_taken(site: RunningPlatform) -> None:
    key = {"idempotency-key": "x y/" * 63 + "end"}
    paid = site.client("aziza").post("/payments/", _body(site), headers=key).expect(201)
    assert site.client("aziza").post("/payments/", _body(site), headers=key).body == paid.body


def test_a_form_is_the_same_however_it_is_cut_up_and_another_file_makes_it_another(site: RunningPlatform) -> None:
    def send(content: bytes) -> ApiResponse:
        parts: dict[str, Any] = {name: (None, str(value)) for name, value in _body(site).items()}
        parts |= {"document": ("a.pdf", content)}
        return site.client("aziza").send("POST", "/payments/", files=parts, headers=KEY)

    first = send(b"%PDF-1.7\n%%EOF").expect(201)
    assert _same(first, send(b"%PDF-1.7\n%%EOF"))
    assert send(b"%PDF-1.6\n%%EOF").status == 400
    assert len(list(site.platform.settings.files.rglob("*.pdf"))) == 1
    order = dict(reversed(_body(site).items()))
    one, two = (site.client("malika").post("/payments/", body, headers=KEY) for body in (_body(site), order))
    assert one.expect(201).body == two.body


def test_without_a_key_every_request_counts_and_with_new_ones_too(site: RunningPlatform) -> None:
    client = site.client("aziza")
    keys = [{}, {}, {"idempotency-key": "1"}, {"idempotency-key": "2"}]
    assert len({client.post("/payments/", _body(site), headers=key)["id"] for key in keys}) == 4


def test_a_key_may_be_used_anew_once_its_answer_is_forgotten(site: RunningPlatform) -> None:
    first = site.client("aziza").post("/payments/", _body(site), headers=KEY).expect(201)
    with site.platform.school.work(ROOT) as uow:
        assert delete_answers(uow, before=uow.ports.clock.now()) == 1
    assert site.client("aziza").post("/payments/", _body(site, amount=7), headers=KEY).expect(201)["id"] != first["id"]


def test_the_answer_of_a_deleted_row_is_given_again(site: RunningPlatform) -> None:
    path = operation_path("payments.delete", recipe_row("payments.delete", Place(site, site.world.tashkent)))
    answers = [site.client("aziza").send("DELETE", path, headers=key).status for key in (KEY, KEY, {})]
    assert answers == [204, 204, 404]


def _race(app: Any, token: str, body: dict[str, Any], *, times: int = 6) -> list[ApiResponse]:
    """The same request from several threads at once."""
    together = Barrier(times)

    def pay(_: int) -> ApiResponse:
        wire = AsgiConnection(app)
        together.wait()
        try:
            return Client(wire, token).post("/payments/", body, headers=KEY)
        finally:
            wire.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(pay, range(times)))


def test_equal_requests_at_once_have_one_effect_and_one_answer(site: RunningPlatform) -> None:
    answers = _race(site.app, site.tokens["aziza"].access, _body(site))
    assert {(answer.status, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert len(site.client("aziza").get("/payments/").ids) == 2


def test_equal_requests_at_once_have_one_effect_on_postgresql_too(
    postgres: PostgresServer, tmp_path: Any, running: RunningPlatform
) -> None:
    name = postgres.create()
    platform = open_test_platform(postgres.at(name), tmp_path, FixedClock(), pool_size=8)
    try:
        platform.database.create_all()
        world: World = create_cast(platform.database.store)
        add_extra_rows(platform.school, world)
        token, app = sign_in_person(platform.school, "aziza").access, compose(platform)
        body = {"student": world.sardor.student_id, "amount": 500, "payment_type": "Cash"}
        answers = _race(app, token, body)
        assert {(answer.status, answer.text) for answer in answers} == {(201, answers[0].text)}
        wire = AsgiConnection(app)
        assert len(Client(wire, token).get("/payments/").ids) == 2
        wire.close()
    finally:
        platform.database.close()
        postgres.drop(name)
