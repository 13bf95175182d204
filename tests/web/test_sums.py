"""What adds up rows refuses filters that it does not know: nobody would see in a sum that they were ignored."""

from __future__ import annotations

from support.parametrize import each
from support.web.recipes import Place, call_operation, call_recipe, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import CENTER_CRM, LISTS, OPS, PAGED
from support.web.systems.madrasti import SCHEDULES

ROWS = {
    "exams.results",
    "students.payment_history",
    "teachers.schedule",
    "profile.retrieve",
    "attendance.sessions.students",
    "homework.homework.analytics",
    "homework.student_wallets.my_wallet",
    "lessons.lessons.analytics",
    *SCHEDULES,
}
"""What reads rows without paging, which is no sum."""

ABOUT_ITSELF = {"docs.schema", "system.health"}
"""What an API says about itself."""
SUMS = [op for op in OPS if op.operation.is_sum]
FILTERS = ("date_form", "branch_id", "grup", "search", "is_paid")


def test_whatever_reads_and_shows_no_rows_is_a_sum() -> None:
    reads = {op.name for op in OPS if op.method == "GET" and op.listing is None and not op.operation.is_retrieval}
    shown = {f"{op.section}.retrieve" for op in OPS}
    assert {op.name for op in SUMS if op.method == "GET"} == reads - ROWS - ABOUT_ITSELF - shown
    assert "charges.preview" in {op.name for op in SUMS}


@each("op", SUMS)
def test_a_sum_refuses_filters_it_does_not_know(op: Op, site: RunningPlatform) -> None:
    at, known = op.home(site), op.system.queries.get(op.name, {})
    client, id = site.client(op.owner), recipe_row(op, at)
    call_recipe(client, op, at, query=known | {"page": 1, "_": "1700000000"}).expect(op.status)
    for name in FILTERS:
        answer = call_operation(client, op, id=id, body=recipe_body(op, at), query=known | {name: "1"})
        assert (answer.status, answer.is_whole_refusal) == (400, True), answer.text
    assert site.changed() == []


@each("op", PAGED)
def test_a_list_ignores_them(op: Op, site: RunningPlatform) -> None:
    call_recipe(site.client(op.master), op, op.home(site), query={"no_such_filter": "1"}).expect(200)


def test_the_sentence_names_the_nearest_filter(site: RunningPlatform) -> None:
    dilshod = site.client("dilshod")
    for language, words in (("en", "did you mean date_from?"), ("uz", "balki date_from"), ("ru", "нужен date_from")):
        asked = {"query": {"date_form": "2024-01-01"}, "headers": {"accept-language": language}}
        answer = dilshod.send("GET", "/payments/statistics/", **asked)
        assert words in answer["error"]
    assert "date_from, date_to" in dilshod.get("/payments/statistics/", branch="1")["error"]
    assert "nor any other" in dilshod.get("/payments/debtors/", branch="1")["error"]


def test_a_preview_of_charges_refuses_fields_it_does_not_know(site: RunningPlatform) -> None:
    """`group` in place of `groups` would charge the whole center."""
    at = Place(site, site.world.tashkent)
    body = recipe_body("charges.preview", at)
    answer = site.client("dilshod").post("/charges/preview/", body | {"group": at.town.morning.id})
    assert (answer.status, answer["error"]) == (400, "There is no such filter here; did you mean groups?")


@each("op", [op for op in LISTS if op.section in ("lessons", "attendance_sessions", "payments", "exams", "charges")])
def test_a_list_is_filtered_by_the_day_and_the_month_it_shows(op: Op, site: RunningPlatform) -> None:
    client = site.client(op.master)
    rows = call_operation(client, op).results
    filtered = 0
    for name in set(rows[0]) & {known.name for known in op.listing.filters} & {*DAYS, "month"}:
        for value in {row[name] for row in rows} - {None}:
            found = call_operation(client, op, query={name: value}).ids
            assert found == [row["id"] for row in rows if row[name] == value], (name, value)
            filtered += 1
    assert filtered


DAYS = ("date", "payment_date", "due_date", "exam_date", "paid_at")


def test_flags_are_read_as_client_programs_spell_them(site: RunningPlatform) -> None:
    dilshod = site.client("dilshod")
    for spelled in (("true", "True", "TRUE", "1", "yes"), ("false", "False", "FALSE", "0", "no")):
        counts = {dilshod.get("/lessons/", is_cancelled=word)["count"] for word in spelled}
        assert len(counts) == 1
    assert dilshod.get("/lessons/", is_cancelled="perhaps").status == 400
    room = recipe_body(CENTER_CRM["rooms.create"], Place(site, site.world.tashkent))
    for number, word in enumerate(("True", "FALSE", "yes", "0")):
        form = {name: str(value) for name, value in room.items()} | {"name": f"R{number}", "is_available": word}
        made = dilshod.send("POST", "/rooms/", form=form).expect(201)
        assert made["is_available"] == (word in ("True", "yes"))
