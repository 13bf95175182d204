"""What no operation of Madrasti takes: queries that cannot be, ids of nothing, and texts that come back as sent."""

from __future__ import annotations

from support.parametrize import each
from support.web.bad_filters import list_filters, value_kind
from support.web.client import ApiResponse, Client
from support.web.invalid_values import body_fields
from support.web.recipes import call_operation, call_recipe, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import MADRASTI, OPS, PAGED, WITH_BODY

OF_ROWS = [op for op in OPS if op.system is MADRASTI and op.has_path_id]
OF_LISTS = [op for op in PAGED if op.system is MADRASTI]
READ_IN_A_FORM = {
    "reference_type",
    "image",
    "email",
    "phone",
    "emergency_contact_phone",
    "website",
    "profile_picture",
    "logo",
    "year",
    "parameters.month",
}
"""Texts that are addresses, numbers, years or keys of files, and never Arabic."""

RIGHT_TO_LEFT = ("مدرسة الأمل", "\u200fالتعليم\u200e A1", "می\u200cخواهم", "שלום", "أَلِف ١٢٣")
"""Arabic with and without marks of direction, Persian with a joiner, Hebrew, vowel signs and Arabic digits."""


def master(site: RunningPlatform, op: Op) -> Client:
    """A client for somebody who may call the operation."""
    return site.client(op.master)


def refused(answer: ApiResponse, field: str) -> None:
    """Check that an answer refuses one field, and say which."""
    body = answer.body
    assert (answer.status, body["error_code"], set(body["details"])) == (400, "VALIDATION_ERROR", {field}), answer.text


@each("op", OF_LISTS)
def test_a_list_refuses_what_no_list_has(op: Op, site: RunningPlatform) -> None:
    client, at = master(site, op), op.home(site)
    assert call_recipe(client, op, at).status == 200
    for key in ("password", "-password_hash", "user__password"):
        refused(call_recipe(client, op, at, query={"ordering": key}), "ordering")
    for size in ("0", "-1", "many"):
        refused(call_recipe(client, op, at, query={"page_size": size}), "page_size")
    assert call_recipe(client, op, at, query={"page_size": 1000}).body["page_info"]["page_size"] == 100


@each("op", OF_LISTS)
def test_a_flag_is_true_or_false(op: Op, site: RunningPlatform) -> None:
    client, at = master(site, op), op.home(site)
    for known in list_filters(op):
        if value_kind(known) == "boolean":
            assert call_recipe(client, op, at, query={known.name: "true"}).status == 200, known.name
            for text in ("maybe", "1", "TRUE"):
                refused(call_recipe(client, op, at, query={known.name: text}), known.name)


def test_an_id_of_nothing_is_named_in_the_sentence_of_the_document(site: RunningPlatform) -> None:
    for op in OF_ROWS:
        body = recipe_body(op, op.home(site))
        answer = call_operation(master(site, op), op, id=0, body=body)
        details = answer.body["details"]
        assert (answer.status, answer.body["error_code"]) == (404, "RESOURCE_NOT_FOUND"), op.name
        assert details["message"] == f"{details['resource']} with ID 0 does not exist", op.name
        assert details["resource_id"] == 0, op.name
        assert call_operation(master(site, op), op, id=int("9" * 20), body=body).status == 404, op.name


WORDED = [op for op in WITH_BODY if op.system is MADRASTI and not op.public]


@each("op", WORDED)
def test_wrong_days_words_and_missing_fields_have_the_sentences_of_the_document(op: Op, site: RunningPlatform) -> None:
    at = op.home(site)
    for field, sentence in documented_sentences(op).items():
        body = recipe_body(op, at) | {field: "soon"}
        answer = call_operation(master(site, op), op, id=recipe_row(op, at), body=body)
        refused(answer, field)
        assert answer.body["details"][field] == [sentence]
    for field in [field for field, _, _, required in body_fields(op) if required and "." not in field]:
        body = {name: value for name, value in recipe_body(op, at).items() if name != field}
        answer = call_operation(master(site, op), op, id=recipe_row(op, at), body=body)
        refused(answer, field)
        assert answer.body["details"][field] == ["This field is required."]


def documented_sentences(op: Op) -> dict[str, str]:
    """The sentences about a text that is no day or no word of its list, by field; none inside of lists."""
    found = {}
    for field, schema, *_ in body_fields(op):
        if "." in field:
            continue
        if "enum" in schema:
            found[field] = f"Must be one of: {', '.join(schema['enum'])}."
        elif schema.get("format") == "date":
            found[field] = "Invalid date format."
    return found


def free_texts(op: Op) -> list[str]:
    """The fields of a body that take any text; none inside of others."""
    schemas = {field: schema for field, schema, *_ in body_fields(op) if field not in READ_IN_A_FORM}
    any_text = [field for field, schema in schemas.items() if not {"format", "enum", "pattern"} & schema.keys()]
    return [field for field in any_text if "." not in field and schemas[field].get("type") == "string"]


WRITES = [
    op
    for op in WITH_BODY
    if op.system is MADRASTI and op.verb in ("create", "update") and free_texts(op)
    if op.section not in ("lessons.resources", "homework.submissions")  # whose kind and state decide which texts count
]


@each("op", WRITES)
@each("text", RIGHT_TO_LEFT)
def test_texts_of_every_script_come_back_byte_for_byte(op: Op, text: str, site: RunningPlatform) -> None:
    at, sent = op.home(site), dict.fromkeys(free_texts(op), text)
    body = recipe_body(op, at) | sent
    answer = call_operation(master(site, op), op, id=recipe_row(op, at), body=body)
    assert answer.status in (200, 201), answer.text
    assert {field: answer.body[field] for field in sent} == sent
    site.reset()


def test_the_texts_that_are_tried_are_names_and_more() -> None:
    tried = {field for op in WRITES for field in free_texts(op)}
    assert tried >= {"first_name", "last_name", "name", "name_arabic", "name_french", "address", "bio", "city", "notes"}
