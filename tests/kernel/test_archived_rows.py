"""Archived rows: they exist for `restore` alone, what refers to them keeps their name, and they can come back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any

import pytest

from educore import (
    Actor,
    Archivable,
    Conflict,
    Context,
    Count,
    Domain,
    Entity,
    Forbidden,
    From,
    Invalid,
    MemoryStore,
    NotFound,
    OnDelete,
    Policy,
    Ref,
    Role,
    Shape,
    Unique,
    UnitOfWork,
    allow,
    everything,
    memory_ports,
    nothing,
    perform,
    where,
)
from educore.adapters.sql import Database, SqlStore, Tables
from educore.kernel.changes import Change
from educore.kernel.store import Store
from support.concurrency import run_concurrently
from support.statement_counts import record_statements


class Author(Archivable, Entity):
    """Who writes; a pen name is never used again."""

    unique = (("name",), Unique(("pen_name",)))

    name: str
    pen_name: str | None = None


class Novel(Archivable, Entity):
    """What an author writes; one of an author's novels is the best."""

    unique = (("title",), Unique(("author_id",), where(is_best=True, archived_at__isnull=True)))

    author_id: Annotated[int, Ref("Author")]
    sequel_of_id: Annotated[int, Ref("Novel", OnDelete.CLEAR)] | None = None
    title: str
    pages: int = 100
    is_best: bool = False


class Review(Entity):
    """What a reader says of a novel."""

    novel_id: Annotated[int, Ref("Novel")]
    stars: int = 5
    is_withdrawn: bool = False


class Remark(Entity):
    """A note in the margin of a novel."""

    novel_id: Annotated[int, Ref("Novel")]


NOVELS = Context(
    "novels",
    entities=(Author, Novel, Review, Remark),
    policies=(
        Policy(Author, {Role.DIRECTOR: allow(everything), Role.STUDENT: allow(read=where(Novel__has=everything))}),
        Policy(
            Novel,
            {
                Role.DIRECTOR: allow(everything),
                Role.STUDENT: allow(read=everything),
                Role.STAFF: allow(everything, delete=where(pages__gte=200)),
            },
        ),
        Policy(Review, {Role.DIRECTOR: allow(everything)}),
        Policy(Remark, {Role.DIRECTOR: allow(everything)}),
    ),
    audited=(Novel,),
    dependants={(Review, "novel_id"): where(is_withdrawn=False), (Remark, "novel_id"): nothing},
)
DOMAIN = Domain(NOVELS)
TABLES = Tables(DOMAIN)
EDITOR, READER, CLERK = Actor(Role.DIRECTOR), Actor(Role.STUDENT), Actor(Role.STAFF)


class SequelOut(Shape, of=Novel):
    """A novel with the title of the one before it."""

    title: str
    before: Annotated[str | None, From("sequel_of.title")]


class ScopedSequelOut(SequelOut, of=Novel):
    """The same, for those who may read the one before it."""

    scoped = True


class AuthorOut(Shape, of=Author):
    """An author with figures about the novels."""

    name: str
    novels: Annotated[int, Count("Novel", where(pages__gte=1))]
    writes: Annotated[bool, Count("Novel")]


class Shelf:
    """A store with two authors: one wrote a thin and a thick novel, the other nothing."""

    def __init__(self, store: Store) -> None:
        self.store: Any = store
        self.ports = memory_ports()
        with self.work() as uow:
            self.qodiriy = uow.add(Author, {"name": "Qodiriy", "pen_name": "Julqunboy"})
            self.cholpon = uow.add(Author, {"name": "Cho'lpon"})
            self.thin = uow.add(Novel, {"title": "Obid ketmon", "author_id": self.qodiriy.id})
            self.thick = uow.add(Novel, {"title": "O'tkan kunlar", "author_id": self.qodiriy.id, "pages": 400})

    def work(self, who: Actor = EDITOR) -> UnitOfWork:
        """Open a unit of work."""
        return UnitOfWork(self.store, who, self.ports)

    def perform(self, kind: type[Entity], action: str, row: Entity, who: Actor = EDITOR) -> Any:
        """Archive or restore a row in a transaction of its own."""
        with self.work(who) as uow:
            return perform(uow, kind, action, row.id)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest, open_database: Callable[[str], Database]) -> Shelf:
    """The shelf in memory, in SQLite and in PostgreSQL."""
    if request.param == "memory":
        return Shelf(MemoryStore(DOMAIN))
    engine = open_database(request.param).engine
    TABLES.metadata.create_all(engine)
    return Shelf(SqlStore(engine, TABLES))


@pytest.fixture
def postgres_shelf(open_database: Callable[[str], Database]) -> Shelf:
    """The shelf in PostgreSQL, where transactions run at the same time."""
    engine = open_database("postgresql").engine
    TABLES.metadata.create_all(engine)
    return Shelf(SqlStore(engine, TABLES))


# -- what does not see it ------------------------------------------------------------------------------


def test_an_archived_row_is_not_found_listed_or_counted(shelf: Shelf) -> None:
    with shelf.work() as uow:
        assert uow.get(Novel, shelf.thin.id) == shelf.thin
        assert uow.count(Novel) == 2
    shelf.perform(Novel, "archive", shelf.thin)
    for who in (EDITOR, READER, CLERK):
        with shelf.work(who) as uow:
            assert [novel.id for novel in uow.find(Novel)] == [shelf.thick.id]
            assert [row["title"] for row in uow.select(SequelOut)] == ["O'tkan kunlar"]
            assert (uow.count(Novel), uow.sum(Novel, "pages"), uow.count_by(Novel, "pages")) == (1, 400, {400: 1})
            assert uow.select_texts([(Novel, ("title",), everything)]) == [(0, shelf.thick.id, ["O'tkan kunlar"])]
            with pytest.raises(NotFound):
                uow.get(Novel, shelf.thin.id)


@pytest.mark.parametrize("action", ["update", "delete", "archive"])
def test_nothing_is_done_to_an_archived_row(shelf: Shelf, action: str) -> None:
    shelf.perform(Novel, "archive", shelf.thin)
    with pytest.raises(NotFound), shelf.work() as uow:
        perform(uow, Novel, action, shelf.thin.id)


def test_nothing_new_refers_to_an_archived_row(shelf: Shelf) -> None:
    with shelf.work() as uow:
        review = uow.add(Review, {"novel_id": shelf.thick.id})
        uow.change(review, {"novel_id": shelf.thin.id})
        uow.change(review, {"novel_id": shelf.thick.id})
    shelf.perform(Novel, "archive", shelf.thin)
    with shelf.work() as uow:
        assert uow.visible_ids(Novel, [shelf.thin.id, shelf.thick.id]) == {shelf.thick.id}
    for write in (
        lambda uow: uow.add(Review, {"novel_id": shelf.thin.id}),
        lambda uow: uow.add_all(Review, [{"novel_id": shelf.thin.id}]),
        lambda uow: uow.change(review, {"novel_id": shelf.thin.id}),
        lambda uow: uow.change_each(Review, {review.id: {"novel_id": shelf.thin.id}}),
    ):
        with pytest.raises(Invalid) as refused, shelf.work() as uow:
            write(uow)
        assert [problem.code for found in refused.value.fields.values() for problem in found] == ["unknown_id"]


def test_archived_rows_are_not_met_on_a_way_back(shelf: Shelf) -> None:
    thin, has_thin = where(Novel__pages=100), where(Novel__has=where(pages=100))
    lacks_thin = where(Novel__lacks=where(pages=100))
    with shelf.work() as uow:
        assert [uow.count(Author, condition) for condition in (thin, has_thin, lacks_thin)] == [1, 1, 1]
        assert uow.select(AuthorOut, limit=1) == [{"name": "Qodiriy", "novels": 2, "writes": True}]
    shelf.perform(Novel, "archive", shelf.thin)
    with shelf.work() as uow:
        assert [uow.count(Author, condition) for condition in (thin, has_thin, lacks_thin)] == [0, 0, 2]
        assert uow.select(AuthorOut, limit=1) == [{"name": "Qodiriy", "novels": 1, "writes": True}]
    shelf.perform(Novel, "archive", shelf.thick)
    with shelf.work() as uow:
        assert uow.select(AuthorOut, limit=1) == [{"name": "Qodiriy", "novels": 0, "writes": False}]


def test_archived_rows_are_not_met_by_a_rule_of_a_policy(shelf: Shelf) -> None:
    with shelf.work(READER) as uow:
        assert [author.name for author in uow.find(Author)] == ["Qodiriy"]
    for novel in (shelf.thin, shelf.thick):
        shelf.perform(Novel, "archive", novel)
    with shelf.work(READER) as uow:
        assert uow.find(Author) == []


def test_what_refers_to_an_archived_row_keeps_its_name(shelf: Shelf) -> None:
    with shelf.work() as uow:
        sequel = uow.add(Novel, {"title": "Kecha", "author_id": shelf.cholpon.id, "sequel_of_id": shelf.thin.id})
    shelf.perform(Novel, "archive", shelf.thin)
    with shelf.work() as uow:
        assert uow.count(Novel, where(sequel_of__title="Obid ketmon")) == 1
        assert uow.get(Novel, sequel.id) == sequel
        assert uow.change(sequel, {"pages": 7}).sequel_of_id == shelf.thin.id
        for shape in (SequelOut, ScopedSequelOut):
            assert uow.select(shape, where(id=sequel.id)) == [{"title": "Kecha", "before": "Obid ketmon"}]


# -- archiving and restoring ---------------------------------------------------------------------------


def test_a_row_comes_back_as_it_was(shelf: Shelf) -> None:
    archived = shelf.perform(Novel, "archive", shelf.thin)
    assert archived == shelf.thin.model_copy(update={"archived_at": shelf.ports.clock.now()})
    assert shelf.perform(Novel, "restore", shelf.thin) == shelf.thin
    with shelf.work() as uow:
        assert uow.find(Novel) == [shelf.thin, shelf.thick]


def test_only_an_archived_row_is_restored(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        shelf.perform(Novel, "restore", shelf.thin)


def test_whoever_may_not_delete_a_row_neither_archives_nor_restores_it(shelf: Shelf) -> None:
    with pytest.raises(Forbidden):
        shelf.perform(Novel, "archive", shelf.thin, CLERK)
    shelf.perform(Novel, "archive", shelf.thick, CLERK)
    shelf.perform(Novel, "restore", shelf.thick, CLERK)
    shelf.perform(Novel, "archive", shelf.thin)
    for who in (CLERK, READER):
        with pytest.raises(NotFound):
            shelf.perform(Novel, "restore", shelf.thin, who)


def test_both_are_recorded_as_changes(shelf: Shelf) -> None:
    with shelf.work() as uow:
        archived = perform(uow, Novel, "archive", shelf.thin.id, returns=Novel)
        restored = perform(uow, Novel, "restore", shelf.thin.id, returns=Novel)
        assert uow.changes == [Change(shelf.thin, archived), Change(archived, restored)]


def test_no_other_verb_sets_the_time_of_archiving(shelf: Shelf) -> None:
    now = shelf.ports.clock.now()
    for write in (
        lambda uow: uow.add(Author, {"name": "Fitrat", "archived_at": now}),
        lambda uow: uow.change(shelf.thin, {"archived_at": now}),
        lambda uow: uow.change_each(Novel, {shelf.thin.id: {"archived_at": now}}),
        lambda uow: perform(uow, Novel, "update", shelf.thin.id, {"archived_at": now}),
    ):
        with pytest.raises(TypeError, match="only the verbs `archive` and `restore` set"), shelf.work() as uow:
            write(uow)
    with pytest.raises(TypeError, match="Review has no action 'archive'"), shelf.work() as uow:
        perform(uow, Review, "archive", 1)


def test_a_row_with_dependants_is_not_archived(shelf: Shelf) -> None:
    with pytest.raises(Conflict) as refused:
        shelf.perform(Author, "archive", shelf.qodiriy)
    [problem] = refused.value.fields[""]
    assert (problem.code, problem.params) == ("in_use", {"kind": "Author", "by": {"Novel": 2}})
    for novel in (shelf.thin, shelf.thick):
        shelf.perform(Novel, "archive", novel)
    shelf.perform(Author, "archive", shelf.qodiriy)


def test_a_context_says_which_rows_are_dependants(shelf: Shelf) -> None:
    with shelf.work() as uow:
        review = uow.add(Review, {"novel_id": shelf.thin.id})
        uow.add(Remark, {"novel_id": shelf.thin.id})
    with pytest.raises(Conflict, match="this depends on it: 1 other entry"):
        shelf.perform(Novel, "archive", shelf.thin)
    with shelf.work() as uow:
        uow.change(review, {"is_withdrawn": True})
    shelf.perform(Novel, "archive", shelf.thin)
    with pytest.raises(Conflict), shelf.work() as uow:  # but to delete it would lose them
        perform(uow, Novel, "delete", perform(uow, Novel, "restore", shelf.thin.id, returns=Novel).id)


def test_a_row_that_depends_on_an_archived_one_is_not_restored(shelf: Shelf) -> None:
    with shelf.work() as uow:
        sequel = uow.add(Novel, {"title": "Kecha", "author_id": shelf.cholpon.id, "sequel_of_id": shelf.thin.id})
    for kind, row in ((Novel, sequel), (Author, shelf.cholpon), (Novel, shelf.thin), (Novel, shelf.thick)):
        shelf.perform(kind, "archive", row)
    shelf.perform(Author, "archive", shelf.qodiriy)
    with pytest.raises(Conflict) as refused:
        shelf.perform(Novel, "restore", sequel)
    [(field, [problem])] = refused.value.fields.items()
    assert (field, problem.code) == ("author_id", "archived")
    assert problem.params == {"kind": "Author", "id": shelf.cholpon.id}
    shelf.perform(Author, "restore", shelf.cholpon)
    shelf.perform(Novel, "restore", sequel)


# -- unique values -------------------------------------------------------------------------------------


def test_the_unique_values_of_an_archived_row_are_free(shelf: Shelf) -> None:
    with pytest.raises(Conflict), shelf.work() as uow:
        uow.add(Author, {"name": "Cho'lpon"})
    shelf.perform(Author, "archive", shelf.cholpon)
    with shelf.work() as uow:
        namesake = uow.add(Author, {"name": "Cho'lpon"})
    with pytest.raises(Conflict) as refused:
        shelf.perform(Author, "restore", shelf.cholpon)
    assert refused.value.fields["name"][0].code == "taken"
    shelf.perform(Author, "archive", namesake)
    shelf.perform(Author, "restore", shelf.cholpon)


def test_a_rule_may_count_archived_rows_too(shelf: Shelf) -> None:
    for novel in (shelf.thin, shelf.thick):
        shelf.perform(Novel, "archive", novel)
    shelf.perform(Author, "archive", shelf.qodiriy)
    again = {"name": "Qodiriy", "pen_name": "Julqunboy"}
    for write in (lambda uow: uow.add(Author, again), lambda uow: uow.add_all(Author, [again])):
        with pytest.raises(Conflict) as refused, shelf.work() as uow:
            write(uow)
        assert list(refused.value.fields) == ["pen_name"]


def test_a_rule_may_be_about_some_rows_only(shelf: Shelf) -> None:
    with shelf.work() as uow:
        thin = uow.change(shelf.thin, {"is_best": True})
        uow.add(Novel, {"title": "Kecha", "author_id": shelf.cholpon.id, "is_best": True})
    best = {"title": "Ulug'bek", "author_id": shelf.qodiriy.id, "is_best": True}
    for write in (
        lambda uow: uow.change(shelf.thick, {"is_best": True}),
        lambda uow: uow.change_each(Novel, {shelf.thick.id: {"is_best": True}}),
        lambda uow: uow.add(Novel, best),
        lambda uow: uow.add_all(Novel, [best]),
    ):
        with pytest.raises(Conflict) as refused, shelf.work() as uow:
            write(uow)
        assert {field: problem.code for field, [problem] in refused.value.fields.items()} == {"author_id": "taken"}
    with shelf.work() as uow:
        uow.change(thin, {"is_best": False})
        uow.change(shelf.thick, {"is_best": True})


# -- declarations --------------------------------------------------------------------------------------


def test_contradictory_declarations_are_refused() -> None:
    for key, condition, complaint in (
        ((Novel, "author"), everything, "Novel.author refers to no row"),
        ((Novel, "pages"), everything, "Novel.pages refers to no row"),
        ((Review, "novel_id"), where(star=5), "no field 'star'; did you mean 'stars'"),
    ):
        with pytest.raises(TypeError, match=complaint.replace("?", r"\?")):
            Domain(dataclasses.replace(NOVELS, dependants={key: condition}))

    class Play(Entity):
        unique = (Unique(("title",), where(part_of__title="")),)
        part_of_id: Annotated[int, Ref("Play", OnDelete.CLEAR)] | None = None
        title: str

    plays = Context("plays", entities=(Play,), policies=(Policy(Play, {}),))
    with pytest.raises(TypeError, match="under a condition on other rows"):
        Domain(plays)


# -- at the same time ----------------------------------------------------------------------------------

TIMES = 12


def test_a_row_is_archived_or_referred_to_but_not_both(postgres_shelf: Shelf) -> None:
    shelf = postgres_shelf

    def review(novel: Novel) -> None:
        with shelf.work() as uow:
            uow.add(Review, {"novel_id": novel.id})

    with shelf.work() as uow:
        novels = [uow.add(Novel, {"title": f"{n}", "author_id": shelf.qodiriy.id}) for n in range(TIMES)]
    for novel in novels:
        endings = run_concurrently(lambda n=novel: shelf.perform(Novel, "archive", n), lambda n=novel: review(n))
        assert sorted(endings) in (["done", "in_use"], ["done", "unknown_id"])
        with shelf.work() as uow:
            reviews = uow.count(Review, where(novel_id=novel.id))
            assert uow.count(Novel, where(id=novel.id)) == reviews


def test_a_row_is_restored_or_its_unique_value_is_taken_but_not_both(postgres_shelf: Shelf) -> None:
    shelf = postgres_shelf

    def write(title: str) -> None:
        with shelf.work() as uow:
            uow.add(Novel, {"title": title, "author_id": shelf.cholpon.id})

    for number in range(TIMES):
        with shelf.work() as uow:
            novel = uow.add(Novel, {"title": f"{number}", "author_id": shelf.qodiriy.id})
        shelf.perform(Novel, "archive", novel)
        endings = run_concurrently(lambda n=novel: shelf.perform(Novel, "restore", n), lambda n=novel: write(n.title))
        assert sorted(endings) == ["done", "taken"]
        with shelf.work() as uow:
            assert uow.count(Novel, where(title=novel.title)) == 1


def test_a_reference_is_checked_once_also_to_a_kind_that_can_be_archived(postgres_shelf: Shelf) -> None:
    with postgres_shelf.work() as uow, record_statements(postgres_shelf.store.engine) as statements:
        for _ in range(3):
            uow.add(Review, {"novel_id": postgres_shelf.thin.id})
    assert len([text for text in statements if text.startswith("SELECT")]) == 1
