"""No plain verb does what a use case is declared for, and no name in a user's data is taken for an option."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import educore
from educore import (
    EDUCATION,
    PLATFORM,
    Educore,
    Entity,
    Forbidden,
    Invalid,
    NotFound,
    Role,
    UnitOfWork,
    everything,
    perform,
    use_case,
    where,
)
from educore.admissions import Lead
from educore.assessment import Assessment, Question
from educore.billing import LedgerEntry, Payment, PaymentMethod
from educore.identity import Membership, User
from educore.kernel.entity import hidden_fields
from educore.learning import LessonResource
from educore.messaging import Notification, SmsTemplate
from educore.organization import Center, CenterKind, Room
from educore.people import Student
from support.cast import World, account
from support.plain_rows import change_row, plain
from support.refusals import problem_codes

ACTIONS = sorted(EDUCATION.actions, key=lambda key: (key[0].__name__, key[1]))
NAMES = [f"{kind.__name__}-{action}" for kind, action in ACTIONS]

Verb = Callable[[UnitOfWork, type[Entity], str], object]

VERBS: dict[str, Verb] = {
    "add": lambda uow, kind, to: uow.add(kind, {}, to=to),
    "add_all": lambda uow, kind, to: uow.add_all(kind, [], to=to),
    "change": lambda uow, kind, to: uow.change(kind.model_construct(id=1), {}, to=to),
    "change_each": lambda uow, kind, to: uow.change_each(kind, {}, to=to),
    "change_all": lambda uow, kind, to: uow.change_all(kind, everything, {}, to=to),
    "remove": lambda uow, kind, to: uow.remove(kind.model_construct(id=1), to=to),
    "remove_all": lambda uow, kind, to: uow.remove_all(kind, everything, to=to),
}

OPTIONS = ("to", "only", "uow", "kind", "action", "lock", "returns", "fields", "actor")


@pytest.mark.parametrize(("kind", "action"), ACTIONS, ids=NAMES)
def test_no_plain_verb_performs_an_action_that_has_a_use_case(
    school_in_memory: Educore, kind: type[Entity], action: str
) -> None:
    act = EDUCATION.actions[kind, action]
    for verb in VERBS.values():
        told = rf"call {act.__module__}\.{act.__name__}\(uow, \.\.\.\) or perform"
        with pytest.raises(TypeError, match=told), school_in_memory.work(PLATFORM) as uow:
            verb(uow, kind, action)


def test_the_books_are_never_written_past(school: Educore, world: World) -> None:
    """The director may take payments; a plain payment would leave the ledger as it was."""
    fields = {"student_id": world.sardor.student_id, "amount": 500, "method": PaymentMethod.CASH}
    with pytest.raises(TypeError, match="take_payment"), school.work(world.dilshod) as uow:
        uow.add(Payment, fields)
    with school.work(world.dilshod) as uow:
        assert (uow.count(Payment), uow.count(LedgerEntry)) == (0, 0)
        perform(uow, Payment, "create", fields=fields)
    with school.work(world.dilshod) as uow:
        assert (uow.count(Payment), uow.count(LedgerEntry) > 0) == (1, True)


def test_a_use_case_of_another_package_is_refused_like_anybody(school_in_memory: Educore, world: World) -> None:
    @use_case
    def block_quietly(uow: UnitOfWork, student: Student, /) -> Student:
        return uow.change(student, {"status": "blocked"})

    with school_in_memory.work(world.dilshod) as uow:
        student = uow.get(Student, world.sardor.student_id or 0)
        with pytest.raises(TypeError, match="change_student"):
            block_quietly(uow, student)
        assert change_row(uow, student, {"status": "blocked"}).status == "blocked"  # as the use cases of its package


def test_a_use_case_that_fails_leaves_no_right_behind(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        with pytest.raises(Invalid):
            perform(uow, Student, "create", fields={"account": {}, "branch_id": 0})
        with pytest.raises(TypeError, match="register_student"):
            uow.add(Student, {})


# -- data and options ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "action"), ACTIONS, ids=NAMES)
def test_no_name_in_the_data_is_taken_for_an_option(school_in_memory: Educore, kind: type[Entity], action: str) -> None:
    act = EDUCATION.actions[kind, action]
    takes_row = sum(p.kind is Parameter.POSITIONAL_ONLY for p in signature(act).parameters.values()) == 2
    for option in OPTIONS:
        if option in kind.model_fields:
            continue  # see the next test
        with pytest.raises(TypeError, match=f"takes no '{option}'"), school_in_memory.work(PLATFORM) as uow:
            perform(uow, kind, action, 1 if takes_row else None, {option: "read"})


def test_a_field_that_is_called_like_an_option_is_a_field(school_in_memory: Educore, world: World) -> None:
    fields = {(kind, name) for kind, _ in ACTIONS for name in OPTIONS if name in kind.model_fields}
    assert fields == {(Center, "kind"), (Assessment, "kind"), (Question, "kind"), (LessonResource, "kind")}
    with school_in_memory.work(PLATFORM) as uow:
        assert perform(uow, Center, "create", fields={"name": "Rabat", "kind": "school"}).kind is CenterKind.SCHOOL
        with pytest.raises(Invalid) as refused:
            perform(uow, Center, "update", world.tashkent.center.id, {"kind": "school"})
    assert problem_codes(refused.value) == {"kind": ["cannot_change"]}


@pytest.mark.parametrize(("kind", "action"), ACTIONS, ids=NAMES)
def test_a_use_case_takes_the_unit_of_work_and_the_row_by_position_and_everything_else_is_data(
    kind: type[Entity], action: str
) -> None:
    parameters = list(signature(EDUCATION.actions[kind, action]).parameters.values())
    given = [p for p in parameters if p.kind is Parameter.POSITIONAL_ONLY]
    assert [p.name for p in given][:1] == ["uow"]
    assert len(given) <= 2
    assert {p.kind for p in parameters[len(given) :]} <= {Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD}
    assert {p.name for p in parameters[len(given) :]}.isdisjoint(set(OPTIONS) - {"fields"})


def test_a_student_cannot_choose_the_rule_that_is_asked(school: Educore, world: World) -> None:
    own = world.sardor.user_id or 0
    sent: dict[str, Any] = {"username": "root2", "passport_number": "AA1234567", "to": "read"}
    with pytest.raises(TypeError, match="takes no 'to'"), school.work(world.sardor) as uow:
        perform(uow, User, "update", own, sent)
    with pytest.raises(TypeError, match="User has no field 'to'"), school.work(world.sardor) as uow:
        plain(uow, User, "update").change(uow.get(User, own), sent)
    with pytest.raises(Forbidden), school.work(world.sardor) as uow:
        perform(uow, User, "update", own, {"username": "root2"})
    with school.work(world.sardor) as uow:
        assert uow.get(User, own).username == "sardor"


# -- words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("misspelt", "message"),
    [
        (lambda uow, id: perform(uow, Student, "blok", id), "Student has no action 'blok'; did you mean 'block'?"),
        (lambda uow, id: perform(uow, Student, "deleet", id), "Student has no action 'deleet'; did you mean 'delete'?"),
        (
            lambda uow, id: perform(uow, Student, "update", id, {"parent_nam": "Ali"}),
            "change_student takes no 'parent_nam'; did you mean 'parent_name'?",
        ),
        (lambda uow, id: perform(uow, Student, "read", id), "'read' changes nothing"),
        (lambda uow, id: perform(uow, Student, "update"), "name the row by its id"),
        (
            lambda uow, id: uow.add(LedgerEntry, {"student": id}),
            "LedgerEntry has no field 'student'; did you mean 'student_id'?",
        ),
        (lambda uow, id: uow.change_all(LedgerEntry, where(id=0), {"amuont": 1}), "did you mean 'amount'?"),
        (lambda uow, id: perform(uow, Student, "block", id, returns=Membership), "returned Student, not Membership"),
    ],
)
def test_a_misspelt_word_is_refused_with_the_right_one(
    school: Educore, world: World, misspelt: Callable[[UnitOfWork, int], object], message: str
) -> None:
    with pytest.raises(TypeError) as refused, school.work(world.dilshod) as uow:
        misspelt(uow, world.sardor.student_id or 0)
    assert message in str(refused.value)
    with school.work(world.dilshod) as uow:
        assert uow.get(Student, world.sardor.student_id or 0).status == "active"


def test_what_is_missing_is_said_to_the_person(school_in_memory: Educore, world: World) -> None:
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.dilshod) as uow:
        perform(uow, Room, "create", fields={})
    assert {path: [p.code for p in found] for path, found in refused.value.fields.items()} == {
        "branch_id": ["missing"],
        "name": ["missing"],
    }
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.dilshod) as uow:
        perform(uow, Student, "create", fields={})
    assert {path: [p.code for p in found] for path, found in refused.value.fields.items()} == {"account": ["missing"]}


def test_a_row_of_another_center_is_not_there_for_any_action(school_in_memory: Educore, world: World) -> None:
    with pytest.raises(NotFound), school_in_memory.work(world.davron) as uow:
        perform(uow, Student, "block", world.sardor.student_id)


# -- results -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "action"), ACTIONS, ids=NAMES)
def test_creating_and_changing_returns_the_row_as_the_type_of_perform_says(kind: type[Entity], action: str) -> None:
    if action in ("create", "update"):
        assert get_type_hints(EDUCATION.actions[kind, action])["return"] is kind


def test_superadmins_are_no_exception(school_in_memory: Educore) -> None:
    with pytest.raises(TypeError, match="register_member"), school_in_memory.work(PLATFORM) as uow:
        uow.add(Membership, {"user_id": 1, "role": Role.SUPERADMIN})


# -- what use cases compute ----------------------------------------------------------------------------

COMPUTED = [
    (Student, "create", {"account": {}, "branch_id": 1, "user_id": 1}),
    (Student, "create", {"account": {"password_hash": "x"}, "branch_id": 1}),
    (Notification, "create", {"user_id": 1, "center_id": 2}),
    (SmsTemplate, "create", {"text": "Salom", "created_at": None}),
    (Lead, "create", {"branch_id": 1, "center_id": 2}),
]


@pytest.mark.parametrize(("kind", "action", "fields"), COMPUTED)
def test_a_user_cannot_overwrite_what_a_use_case_computes(
    school_in_memory: Educore, world: World, kind: type[Entity], action: str, fields: dict[str, Any]
) -> None:
    town = {"branch_id": world.tashkent.branch.id, "user_id": world.timur.user_id, "account": account("Nodira")}
    sent = {name: town.get(name, value) if name != "account" else town[name] | value for name, value in fields.items()}
    refused = pytest.raises(TypeError, match="is computed, so it cannot be given")
    with refused, school_in_memory.work(world.dilshod) as uow:
        perform(uow, kind, action, fields=sent)


SETTABLE = [
    (kind, action, name)
    for kind in EDUCATION.policies
    for action in EDUCATION.policy(kind).actions()
    for name in hidden_fields(kind)
    if not action.startswith("read")
]


@pytest.mark.parametrize(("kind", "action", "name"), SETTABLE)
def test_no_action_takes_a_hidden_field(school_in_memory: Educore, kind: type[Entity], action: str, name: str) -> None:
    id = None if action == "create" else 1
    with pytest.raises(TypeError, match=f"{name} is hidden"), school_in_memory.work(PLATFORM) as uow:
        perform(uow, kind, action, id, {name: "x"})


def use_cases() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Yield every function of the contexts that has the mark."""
    root = Path(educore.__file__).parent
    for path in sorted(path for context in EDUCATION.contexts for path in (root / context.name).rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and "use_case" in map(ast.unparse, node.decorator_list):
                yield path, node


def test_every_use_case_takes_data_only() -> None:
    marked = list(use_cases())
    assert len(marked) > len(set(EDUCATION.actions.values())) - 10
    for path, node in marked:
        options = {argument.arg for argument in node.args.kwonlyargs} & {"to", "only", "lock", "returns"}
        assert options == set(), f"{path}: {node.name}"
        assert node.args.args == [], f"{path}: {node.name} takes the unit of work and the row by position"


def test_no_use_case_lets_given_and_computed_fields_overwrite_each_other() -> None:
    """A dictionary of both would let the last one win; `with_computed` refuses."""
    for path, node in use_cases():
        given = node.args.kwarg.arg if node.args.kwarg else None
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("uow.add", "uow.change"):
                for part in ast.walk(call):
                    if isinstance(part, ast.Dict) and None in part.keys and len(part.keys) > 1:
                        spread = [ast.unparse(v) for k, v in zip(part.keys, part.values, strict=True) if k is None]
                        assert given not in spread, f"{path}: {node.name}: {ast.unparse(part)}"
