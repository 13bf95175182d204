"""Rows are read within the scope of the user, and by our own pages only; test_leaks.py tries the screens."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa
from sqladmin import ModelView
from sqladmin.models import ModelViewMeta
from sqlalchemy.orm import sessionmaker
from starlette.requests import Request

import educore_web.admin
from educore import Actor, Hidden, Role, perform
from educore.identity import User
from educore.kernel import is_marked, references
from educore.organization import Branch
from educore.people import Student, TeacherRating
from educore_web.admin.reading import RowSource
from educore_web.admin.screens import SCREENS
from educore_web.admin.security.closed_sessions import ClosedSession, closed_sessions
from educore_web.admin.security.current_user import CurrentUser, current_user, set_current_user, without_current_user
from educore_web.admin.security.sign_in import SignInRequired
from educore_web.admin.ui.naming import RowNames
from support.admin.browser import page_text
from support.admin.forms import stored_data
from support.parametrize import each
from support.plain_rows import change_row


def test_the_number_of_rows_counts_only_own_rows(director, world):
    with world.as_boss() as uow:
        for number in range(30):
            perform(uow, Branch, "create", fields={"center_id": world.zukko.center, "name": f"Zukko {number}"})
    page = director.get("/branch/list")
    assert "1–1 of 1" in page_text(page)


@each("pk", ["0", "-1", "abc", "1;2", "99999999999999999999999", "1/2", "%00", "²", "٣"])
def test_an_address_that_makes_no_sense_is_not_found(director, pk):
    for page in ("details", "edit"):
        assert director.get(f"/student/{page}/{pk}").status_code == 404, page


def test_a_search_does_not_tell_the_name_of_somebody_who_may_not_be_seen(director, world):
    with world.as_boss() as uow:
        student = uow.get(Student, world.registon.student)
        change_row(uow, uow.get(User, student.user_id), {"center_id": world.zukko.center, "first_name": "Yashirin"})
    page = director.get("/student/list?search=Yashirin")
    assert "Nothing matches" in page_text(page)
    assert "Yashirin" not in director.get("/student/list").text
    assert "Yashirin" not in director.get("/student/list?sortBy=name").text
    assert "Yashirin" not in director.get(f"/student/details/{student.id}").text
    assert "Yashirin" not in director.get("/student/export/csv").text


def test_the_order_does_not_tell_the_name_of_somebody_who_may_not_be_seen(director, world):
    place = world.registon
    with world.as_boss() as uow:
        hidden = perform(
            uow,
            Student,
            "create",
            fields={"branch_id": place.branch, "account": {"username": "aaa", "first_name": "Aaa"}},
        )
        change_row(uow, uow.get(User, hidden.user_id), {"center_id": world.zukko.center})
    for order in ("asc", "desc"):
        page = director.get(f"/student/list?sortBy=name&sort={order}")
        assert [int(id) for id in re.findall(r'data-row="(\d+)"', page.text)] == [place.student, hidden.id], order


@pytest.mark.parametrize(
    "query",
    [
        "form=create&name=capacity",
        "form=nothing&name=branch_id",
        "name=branch_id",
        "form=create&name=password_hash",
        "",
    ],
)
def test_a_lookup_answers_only_for_references_of_a_form_the_visitor_has(director, query):
    assert director.get(f"/group/ajax/lookup?{query}").status_code == 403


def test_a_lookup_for_a_form_is_closed_to_who_may_not_use_the_form(as_):
    assert as_("aziz").get("/group/ajax/lookup?form=create&name=branch_id").status_code == 403


def test_form_pages_do_not_carry_rows_of_another_center(director, world):
    for page in (
        "/group/create",
        f"/group/create?branch_id={world.zukko.branch}",
        f"/group/edit/{world.registon.group}",
        f"/student/action/move?pks={world.registon.student}",
    ):
        assert "Zukko" not in director.get(page).text, page


def test_links_that_lead_to_closed_screens_are_not_drawn(as_, world):
    page = as_("aziz").get("/room/list")
    assert f'href="/admin/branch/details/{world.registon.branch}"' in page.text
    assert "/admin/teacher-rating/list" not in page.text


# -- without a user, and past our pages -------------------------------------------------------------------


def source_of(world):
    """Return the source of the rows that the pages show."""
    return RowSource(world.school, RowNames(world.school.domain, {}))


def test_a_visitor_is_forgotten_when_their_request_ends():
    with without_current_user():
        set_current_user(CurrentUser(Actor(Role.SUPERADMIN), "", None, None))
        assert current_user() is not None
    assert current_user() is None


def test_without_a_visitor_nothing_is_read_not_even_what_the_sign_in_page_reads(world, anybody):
    anybody().sign_in("dilnoza-r", "wrong")
    stored = {kind: len(world.find(kind)) for kind in world.school.domain.kinds.values()}
    with without_current_user():
        set_current_user(CurrentUser(Actor(Role.SUPERADMIN), "", None, None))
        with source_of(world).open() as reader:
            assert {kind: len(reader.rows(kind)) for kind in stored} == stored
    with without_current_user(), pytest.raises(SignInRequired), source_of(world).open():
        pass


def test_no_row_of_any_kind_has_a_hidden_field(world):
    domain, hidden = world.school.domain, 0
    with without_current_user():
        set_current_user(CurrentUser(Actor(Role.SUPERADMIN), "", None, None))
        with source_of(world).open() as reader:
            for kind in domain.kinds.values():
                names = {name for name in kind.model_fields if is_marked(kind, name, Hidden)}
                hidden += len(names)
                paths = [name.removesuffix("_id") for name in references(kind)]
                for row in reader.rows(kind, show=paths):
                    assert vars(row).keys() >= kind.model_fields.keys() - names, kind.__name__
                    assert not vars(row).keys() & names, kind.__name__
    assert hidden


READS = {
    "list": lambda view: view.list(REQUEST),
    "count": lambda view: view.count(REQUEST),
    "details": lambda view: view.get_object_for_details(REQUEST),
    "edit": lambda view: view.get_object_for_edit(REQUEST),
    "delete": lambda view: view.get_object_for_delete("1"),
    "export": lambda view: view.get_model_objects(REQUEST),
    "form": lambda view: view.scaffold_form(),
}
WRITES = {
    "insert": lambda view: view.insert_model(REQUEST, {"name": "New"}),
    "update": lambda view: view.update_model(REQUEST, "1", {"name": "New"}),
    "remove": lambda view: view.delete_model(REQUEST, "1"),
}
"""What SQLAdmin's own pages do, none of which has an address here."""

REQUEST = Request({"type": "http", "method": "GET", "query_string": b"", "path_params": {"pk": "1"}, "headers": []})


def own_view(world, sessions):
    """Return SQLAdmin's own view of the groups over these sessions."""
    body = {"session_maker": sessions, "is_async": False, "form_columns": ["name", "course"]}
    return ModelViewMeta("GroupView", (ModelView,), body, model=world.database.tables.classes["Group"])()


@each("way", READS)
def test_no_way_of_sqladmins_own_reads_a_row(world, way):
    assert anyio.run(READS[way], own_view(world, sessionmaker(world.database.engine))), "open sessions read one"
    with pytest.raises(TypeError, match="sessions are closed"):
        anyio.run(READS[way], own_view(world, closed_sessions()))


@each("way", WRITES)
def test_no_way_of_sqladmins_own_writes_a_row(world, way):
    before = stored_data(world)
    with pytest.raises(TypeError, match="sessions are closed"):
        anyio.run(WRITES[way], own_view(world, closed_sessions()))
    assert stored_data(world) == before


def test_every_view_of_the_admin_has_closed_sessions(world):
    admin = next(route.app for route in world.app.app.routes if route.path == "/admin")
    index = next(route.endpoint for route in admin.routes if route.name == "index")
    views = list(index.args[0].views)
    assert len(views) == len(SCREENS)
    assert all(issubclass(view.session_maker.class_, ClosedSession) for view in views)


def test_a_closed_session_refuses_every_statement(world):
    group = world.database.tables.classes["Group"]
    with closed_sessions()() as session:
        for act in (
            lambda: session.execute(sa.text("select * from group_")),
            lambda: session.execute(sa.select(group.__table__.c.name)),
            lambda: session.execute(sa.select(group)),
            lambda: session.execute(sa.delete(group)),
            lambda: session.scalars(sa.select(group)),
            lambda: session.get(group, 1),
            lambda: session.query(group).all(),
            lambda: session.connection(),
            lambda: (session.add(group(name="New")), session.flush()),
        ):
            with pytest.raises(TypeError, match="sessions are closed"):
                act()


def test_ratings_name_their_teacher_and_rater_only_where_those_are_seen(director, as_, world):
    as_("sayyora").post(f"/teacher/action/rate?pks={world.registon.teacher}", {"rating": "4.5"})
    page = director.get("/teacher-rating/list")
    assert "Kamola Registon" in page.text
    assert "Sayyora" not in page.text
    assert world.find(TeacherRating)[0].rated_by_id is not None


def test_no_module_of_the_admin_reads_past_the_unit_of_work():
    found = {
        (path.name, module.partition(".")[0])
        for path in Path(educore_web.admin.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for module in imported(node)
        if module.startswith(("sqlalchemy", "educore.adapters.sql"))
    }
    assert found == {("closed_sessions.py", "sqlalchemy"), ("site.py", "educore")}


def imported(node):
    """Return the modules that a statement imports."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
