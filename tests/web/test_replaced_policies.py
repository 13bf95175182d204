"""The APIs ask the domain they were given: another policy there widens and narrows every operation and document."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

import educore_web
from educore import EDUCATION, Domain, Policy, Role, admissions, everything
from educore.adapters.memory import PlainPasswords
from educore.adapters.seals import KeyedSeal
from educore.adapters.sql import Database
from educore.admissions import Lead
from educore.identity import Membership, SignIn, User
from educore.kernel import Grant
from educore.organization import Center
from educore.people import Student, Teacher, sign_in
from educore_web.app import APIS, create_app, routes
from educore_web.rest.openapi import build_document
from educore_web.settings import Settings
from support.cast import PASSWORD, create_cast
from support.web.client import AsgiConnection
from support.web.running_platform import SECRET, disable_fsync

Change = Callable[[Policy], Policy]
ROLE_OF = {
    "dilshod": Role.DIRECTOR,
    "malika": Role.MANAGER,
    "aziza": Role.ADMIN,
    "timur": Role.TEACHER,
    "sardor": Role.STUDENT,
}
ROLES = frozenset(Role) - {Role.ANONYMOUS}


VISITORS_LOOK_AHEAD = {"identity": ("organization",)}
"""Visitors register at schools only."""


def with_policies(change: Change) -> Domain:
    """Return the domain of education with every policy changed; only those of visitors lead to later contexts."""
    return EDUCATION.extend(
        *(
            replace(
                context,
                policies=[change(policy) for policy in context.policies],
                looks_ahead=VISITORS_LOOK_AHEAD.get(context.name, ()),
            )
            for context in EDUCATION.contexts
        )
    )


def opened(policy: Policy) -> Policy:
    """Let everybody who has signed in do everything."""
    grants = {action: Grant(everything) for action in policy.actions()}
    return replace(policy, grants={**policy.grants, **dict.fromkeys(ROLES, grants)})


SIGNING_IN = {SignIn, User, Membership, Center, Student, Teacher}
"""The kinds of the rows that a sign-in refers to."""


def closed(policy: Policy) -> Policy:
    """Let only superadmins do anything; visitors may do as before, and everybody can sign in."""
    if policy.kind in SIGNING_IN:
        return opened(policy)
    grants = {action: Grant(everything) for action in policy.actions()}
    visitors = policy.grants.get(Role.ANONYMOUS, {})
    return replace(policy, grants={Role.SUPERADMIN: grants, Role.ANONYMOUS: visitors})


def leads_for_admins(policy: Policy) -> Policy:
    """Let admins read leads, which only directors and managers can by default."""
    return policy if policy.kind is not Lead else replace(policy, grants={**policy.grants, Role.ADMIN: READ})


READ = {"read": Grant(everything)}
OPEN, CLOSED = with_policies(opened), with_policies(closed)
LEADS = EDUCATION.extend(
    replace(admissions.CONTEXT, policies=[leads_for_admins(policy) for policy in admissions.CONTEXT.policies])
)
OPERATIONS = [(spec, operation) for spec, operations in APIS.values() for operation in operations]
LISTS = [
    (spec, operation)
    for spec, operation in OPERATIONS
    if operation.listing is not None and spec.among == everything  # else the people of Tashkent cannot call it
]


Get = Callable[[str, str], int]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Domain], Get]]:
    """Serve a database with the cast by the policies of a domain; `get("aziza", path)` is the status of an answer."""
    folder = tmp_path_factory.mktemp("policies")
    settings = Settings(
        database=f"sqlite:///{folder / 'school.db'}",
        files=folder / "files",
        secret=SecretStr(SECRET),
        public_url="http://school.test",
        worker=False,
    )
    with closing(Database(settings.database, EDUCATION)) as database:
        disable_fsync(database)
        database.create_all()
        create_cast(database.store, seal=KeyedSeal.from_secret(SECRET))
    opened: list[AsgiConnection] = []

    def start(domain: Domain) -> Get:
        app = create_app(settings, domain=domain)
        school = app.platform.school
        disable_fsync(app.platform.database)
        school.ports = replace(school.ports, passwords=PlainPasswords())
        wire = AsgiConnection(app)
        opened.append(wire)
        tokens = {name: sign_in(school, username=name, password=PASSWORD).access for name in ROLE_OF}

        def get(name: str, path: str) -> int:
            status: int = wire.send("GET", path, headers={"authorization": f"Bearer {tokens[name]}"}).status_code
            return status

        return get

    yield start
    for wire in opened:
        wire.close()


def test_another_policy_of_one_kind_widens_its_api(serve: Callable[[Domain], Get]) -> None:
    path = "/center-crm/api/leads/"
    before, after = serve(EDUCATION), serve(LEADS)
    assert (before("dilshod", path), before("aziza", path)) == (200, 403)
    assert (after("dilshod", path), after("aziza", path)) == (200, 200)
    assert after("sardor", path) == 403


def test_every_list_is_open_to_whom_the_domain_opens_it(serve: Callable[[Domain], Get]) -> None:
    """The document of an API may narrow an operation to some roles: nobody else, however wide the policy is."""
    wide, narrow = serve(OPEN), serve(CLOSED)
    for spec, operation in LISTS:
        path = f"{spec.prefix}{spec.base}{operation.path}"
        for name, role in ROLE_OF.items():
            is_addressed = spec.among == everything  # nobody here is a member of a school
            is_open = is_addressed and role in operation.open_to
            in_document = is_addressed and (is_open or operation.roles is None or role in operation.roles)
            assert wide(name, path) == (200 if in_document else 403), (path, name)
            if operation.kind not in SIGNING_IN:
                assert narrow(name, path) == (200 if is_open else 403), (path, name)


def test_the_roles_of_every_operation_are_those_of_the_domain() -> None:
    for _, operation in OPERATIONS:
        if operation.public or operation.kind is None:
            continue
        document = operation.speaks_to & (operation.roles or ROLES) | operation.open_to
        assert set(operation.allowed_roles(OPEN)) - {Role.ANONYMOUS} == document, operation.name
        if operation.kind not in SIGNING_IN:
            assert set(operation.allowed_roles(CLOSED)) == document & {Role.SUPERADMIN} | operation.open_to, (
                operation.name
            )
    assert [line.roles for line in routes(domain=OPEN)] != [line.roles for line in routes()]


def test_the_document_names_the_roles_of_the_domain() -> None:
    for name in APIS:
        spec, operations = APIS[name]
        for domain in (OPEN, CLOSED):
            document = build_document(spec, operations, domain=domain, at=spec.prefix)
            listed = {
                described["operationId"]: described.get("x-roles")
                for path in document["paths"].values()
                for described in path.values()
            }
            for operation in operations:
                if not operation.public:
                    assert listed[operation.name.replace(".", "_")] == [
                        str(role) for role in operation.allowed_roles(domain)
                    ]


def test_no_part_of_the_web_knows_a_domain_but_as_a_default() -> None:
    """The compositions name it; each of them takes another one, or serves this platform only."""
    package = Path(educore_web.__file__).parent
    named = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.alias) and node.name == "EDUCATION"
    }
    assert named <= {"app.py", "cli", "reports", "runtime"}
    assert "app.py" in named
