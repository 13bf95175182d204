"""Export the rows of a list as a CSV file, and create rows from one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import EducoreError, Hidden, Invalid, StoredFile, UnitOfWork
from educore.adapters.spreadsheets import read_table, write_csv
from educore.imports import ImportColumn, match_columns, read_text
from educore.kernel import is_marked, references
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.pages.lists import parse_query
from educore_web.admin.security.csrf import require_token
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.forms import Form, as_text
from educore_web.admin.ui.language import translate, without_isolates
from educore_web.admin.ui.naming import RowNames, is_reference
from educore_web.admin.ui.problems import error_message, field_label, problem_message
from educore_web.admin.ui.question import Question, select_options
from educore_web.admin.ui.references import References
from educore_web.admin.views import ScreenView
from educore_web.rest.uploads import Upload

MAX_EXPORTED = 10_000
MAX_IMPORTED = 100
"""The rows are created in one transaction, and other writers should not wait for it longer than half a second."""

MAX_FILE_SIZE = 2 * 1024 * 1024
ACCOUNT_FIELDS = ("username", "first_name", "last_name", "phone", "email", "birthday")


@dataclass(frozen=True)
class ImportPage:
    """The questions that columns answer, the errors of an uploaded file, or the number of rows created."""

    questions: tuple[Question, ...]
    errors: list[str] = field(default_factory=list)
    done: int | None = None
    status: int = 200
    once: str = ""


@login_required
async def export_rows(frame: Frame, request: Request) -> Response:
    """Download the rows of a list, all pages, as CSV whose cells a spreadsheet does not run as formulas.

    Raises: HTTPException 403, 404 for a type of file other than csv.
    """
    view = frame.view_at(request, Action.EXPORT)
    if request.path_params["export_type"] not in view.export_types:
        raise HTTPException(404)

    def write() -> str:
        columns = export_columns(view)
        show = ("", *columns.values())
        with view.open_reader() as reader:
            query = parse_query(view, reader, request.query_params)
            rows = reader.rows(
                view.screen.kind, query.condition, show=show, order=query.order, limit=MAX_EXPORTED, to=query.verb
            )
        return write_csv(
            [[*columns], *([_export_cell(view.names, row, path) for path in columns.values()] for row in rows)]
        )

    content = await to_thread.run_sync(write)
    headers = {"content-disposition": f"attachment; filename={view.identity}.csv"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@login_required
async def import_rows(frame: Frame, request: Request) -> Response:
    """Show the form that takes a file, and create its rows on POST, all or none.

    Screens whose tables are imported as a whole and can be reverted redirect to the page of those imports.
    """
    named = frame.named_view(request)
    if named.can_import_tables():
        address = request.url_for("admin:imports").include_query_params(kind=named.screen.imports)
        return RedirectResponse(f"{address.path}?{address.query}", status_code=302)
    view = frame.view_at(request, Action.IMPORT)
    page = await read_import(view, request)
    if page.done is None:
        return await frame.render(request, "import.html", {"view": view, "page": page}, page.status)
    frame.flash(request, translate("said.imported", count=page.done))
    return frame.redirect_to_list(request, view)


async def read_import(view: ScreenView, request: Request) -> ImportPage:
    """Return the page that asks for a file; on POST create a row from each row of the file, or none."""
    questions = tuple(q for q in view.questions.create() if not q.is_file)
    if request.method == "GET":
        return ImportPage(questions, once=new_key())
    async with request.form(max_files=1) as posted:
        require_token(request, posted)
        upload, once = posted.get("file"), str(posted.get("once", ""))
        content = await upload.read(MAX_FILE_SIZE + 1) if isinstance(upload, UploadFile) else b""
    sent = SubmittedForm(once, {"file": Upload("", content)})
    try:
        done = await to_thread.run_sync(_import, view, questions, content, sent)
    except FileRefused as refused:
        return ImportPage(questions, refused.sentences, status=400, once=once)
    return ImportPage(questions, done=done)


class FileRefused(Exception):
    """The file cannot be imported; no row was created. `sentences` name the problems."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(sentences)
        self.sentences = sentences


def export_columns(view: ScreenView) -> dict[str, str]:
    """Return the path that each column of an export shows, by heading; an import accepts the same headings."""
    kind, account = view.screen.kind, view.screen.has_account
    hidden_fields = {"id", "user_id"} if account else {"id"}
    if current_actor().center_id is not None:
        hidden_fields.add("center_id")
    own = [
        name.removesuffix("_id") if name in references(kind) else name
        for name in kind.model_fields
        if name not in hidden_fields and not is_marked(kind, name, Hidden) and not is_marked(kind, name, StoredFile)
    ]
    return {"id": "id"} | {name: f"user.{name}" for name in ACCOUNT_FIELDS if account} | {name: name for name in own}


def read_rows(content: bytes, questions: tuple[Question, ...], known: set[str]) -> dict[int, dict[str, str]]:
    """Return the rows of a file by their numbers, each as texts by question name. Raises: FileRefused."""
    if not content or len(content) > MAX_FILE_SIZE:
        raise FileRefused([translate("import.too_large" if content else "import.no_file")])
    try:
        table = read_table(content, name="rows.csv", most_rows=MAX_IMPORTED)
    except Invalid as error:
        raise FileRefused([problem_message(problem) for found in error.fields.values() for problem in found]) from None
    names = _match_headings(table.columns, questions, known)
    if not table.rows:
        raise FileRefused([translate("import.no_rows")])
    return {row.number: {name: row.cells[title] for title, name in names.items()} for row in table.rows}


def _match_headings(headings: list[str], questions: tuple[Question, ...], known: set[str]) -> dict[str, str]:
    """Return the name of the question that each heading answers; other columns of an export are ignored.

    Raises: FileRefused for unknown headings, and for two headings that answer the same question.
    """
    columns = [ImportColumn(q.name, read_text, aliases=tuple(_aliases(q))) for q in questions]
    matched, problems = match_columns(headings, columns)
    if unknown := [p.column for p in problems if p.problem.code == "unknown_column" and p.column not in known]:
        raise FileRefused([translate("import.unknown_column", columns=", ".join(unknown))])
    if twice := [p.problem for p in problems if p.problem.code == "twice_in_header"]:
        raise FileRefused([problem_message(problem) for problem in twice])
    return {heading: column.name for heading, column in matched.items()}


def _aliases(question: Question) -> Iterator[str]:
    yield from (question.field, question.field.removesuffix("_id"))
    yield field_label(question.name, question.kind.__name__)


def _import(view: ScreenView, questions: tuple[Question, ...], content: bytes, sent: SubmittedForm) -> int:
    """Create all rows in one unit of work, only once, or none. Raises: FileRefused that names every wrong row."""
    rows = read_rows(content, questions, known=set(export_columns(view)))
    answers, wrong = _read_values(view, questions, rows)
    with ExitStack() as ready:
        values = {number: ready.enter_context(view.writer.prepare(given)) for number, given in answers.items()}
        with view.school.work(current_actor()) as uow:
            return int(sent.run_idempotent(uow, lambda: _create_rows(uow, view, values, wrong)))


def _create_rows(
    uow: UnitOfWork, view: ScreenView, rows: Mapping[int, Mapping[str, Any]], wrong: Mapping[int, str]
) -> str:
    refused = dict(wrong)
    for number, values in rows.items():
        try:
            view.writer.write(uow, None, values)
        except EducoreError as error:
            refused[number] = error_message(error)
    if refused:
        raise FileRefused([translate("import.row", number=n, problem=refused[n]) for n in sorted(refused)])
    return str(len(rows))


def _read_values(
    view: ScreenView, questions: tuple[Question, ...], rows: Mapping[int, dict[str, str]]
) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    """Return the values of the valid rows and the error messages of the others, by row number."""
    answers, wrong = dict[int, dict[str, Any]](), dict[int, str]()
    with view.school.work(current_actor(), read_only=True) as uow:
        references = References(uow, view.names)
        for number, row in rows.items():
            relevant = tuple(q for q in questions if q.name in row or q.required)
            try:
                answers[number] = Form(relevant).read(references.resolve(relevant, _as_form_texts(relevant, row)))
            except EducoreError as error:
                wrong[number] = error_message(error)
    return answers, wrong


def _as_form_texts(questions: Iterable[Question], row: Mapping[str, str]) -> dict[str, str]:
    """Return the texts as the controls of a form would send them: words of choices and flags become their values."""
    texts = dict(row)
    for question in questions:
        text = row.get(question.name, "").casefold()
        if question.widget in ("select", "checkbox"):
            values = {word.casefold(): value for value, label in select_options(question) for word in (value, label)}
            texts[question.name] = values.get(text, row.get(question.name, ""))
        if question.widget == "checkbox" and texts[question.name] == "false":
            texts[question.name] = ""
    return texts


def _export_cell(names: RowNames, row: Any, path: str) -> str:
    *steps, last = path.split(".")
    for step in steps:
        row = getattr(row, step)
    if row is None:
        return ""
    if is_reference(row.entity, last):
        related = getattr(row, last)
        return "" if related is None else without_isolates(names.name_of(related))
    value = getattr(row, last)
    return str(value).lower() if isinstance(value, bool) else as_text(value)
