"""Questions of one assessment as a table: read from one that its teacher filled in, and written to one.

These tables are small and belong to one assessment, so all rows are tried and stored in a single transaction, each in a
savepoint, and nothing is kept to revert them: questions are removed on their page as long as nobody has begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from educore.adapters.spreadsheets import Table, write_template
from educore.assessment.entities import Assessment, Choice, Question, QuestionKind
from educore.assessment.questions import MAX_QUESTIONS, add_question
from educore.imports.columns import ImportColumn, choice_reader, read_text, value_reader
from educore.imports.question_answers import group_by_question, read_answers, write_answers
from educore.imports.sheet import CellProblem, Sheet, SheetRow, problems_by_cell, read_sheet
from educore.kernel.conditions import where
from educore.kernel.errors import Forbidden, Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import Points, Text

KIND_WORDS = {
    QuestionKind.SINGLE_CHOICE: "choix unique,اختيار واحد,один ответ,bitta javob",
    QuestionKind.MULTIPLE_CHOICE: "choix multiple,اختيارات,несколько ответов,bir nechta javob",
    QuestionKind.TRUE_FALSE: "vrai ou faux,صحيح أو خطأ,верно или неверно,to'g'ri noto'g'ri",
    QuestionKind.FILL_BLANKS: "texte à trous,فراغات,пропуски,bo'sh joylar",
    QuestionKind.SHORT_TEXT: "texte court,نص قصير,короткий текст,qisqa matn",
    QuestionKind.LONG_TEXT: "texte long,نص طويل,длинный текст,uzun matn",
    QuestionKind.MATCHING: "appariement,مطابقة,пары,juftliklar",
    QuestionKind.ORDERING: "ordre,ترتيب,порядок,tartib",
}
COLUMNS = (
    ImportColumn(
        "kind", choice_reader(QuestionKind, KIND_WORDS), required=True, aliases=("type", "вид", "turi", "النوع")
    ),
    ImportColumn("text", value_reader(Text), required=True, aliases=("question", "вопрос", "savol", "السؤال")),
    ImportColumn(
        "points",
        value_reader(Annotated[Points, Field(gt=0, le=1_000)]),
        required=True,
        aliases=("баллы", "ball", "النقط"),
    ),
    ImportColumn("answers", read_text, aliases=("réponses", "ответы", "javoblar", "الأجوبة")),
    ImportColumn("explanation", value_reader(Text), aliases=("explication", "пояснение", "izoh", "الشرح")),
    ImportColumn(
        "model_answer", value_reader(Text), aliases=("réponse modèle", "образец", "namuna", "الجواب النموذجي")
    ),
)
EXAMPLES = (
    {"kind": "single_choice", "text": "2 + 2 = ?", "points": "5", "answers": "3 | *4 | 5"},
    {"kind": "fill_blanks", "text": "The capital of France is ___.", "points": "2", "answers": "1: Paris"},
    {"kind": "matching", "text": "Match.", "points": "4", "answers": "1 = one | 2 = two"},
    {"kind": "long_text", "text": "Why?", "points": "10", "model_answer": "Because."},
)
FIELD_TO_COLUMN = {"choices": "answers"}
FileFormat = Literal["csv", "xlsx"]


def add_questions(uow: UnitOfWork, assessment_id: int, table: Table) -> list[Question]:
    """Add the questions of a table behind those of an assessment, all or none.

    Raises: Invalid with every problem, on `columns.<column>` and `rows.<row>.<column>`; Invalid("no_rows"),
    ("too_many_rows") on `file`; NotFound, Forbidden.
    """
    assessment = uow.get(Assessment, assessment_id, to="update", lock=True)
    if not table.rows or len(table.rows) > MAX_QUESTIONS:
        raise Invalid.because("file", "too_many_rows" if table.rows else "no_rows", most=MAX_QUESTIONS)
    sheet = read_sheet(uow, table, COLUMNS, center_id=assessment.center_id, progress=lambda done, total: None)
    added = [question for row in sheet.rows if (question := _add(sheet, row, assessment.id)) is not None]
    if sheet.problems:
        raise Invalid(problems_by_cell(sheet.problems))
    return added


def questions_table(uow: UnitOfWork, assessment_id: int, *, as_: FileFormat) -> bytes:
    """Return the live questions of an assessment as a file that `add_questions` reads. Raises: NotFound, Forbidden."""
    assessment = uow.get(Assessment, assessment_id, to="update")
    live = where(assessment_id=assessment.id, retired_at__isnull=True)
    questions = uow.find(Question, live, order=("position", "id"))
    ids = [question.id for question in questions]
    choices = group_by_question(uow.find(Choice, where(question_id__in=ids), order=("position", "id")) if ids else [])
    return _file((_cells(question, choices.get(question.id, [])) for question in questions), as_)


def questions_template(*, as_: FileFormat) -> bytes:
    """Return a file with the columns of a table of questions, and examples."""
    return _file(EXAMPLES, as_)


def _add(sheet: Sheet, row: SheetRow, assessment_id: int) -> Question | None:
    """Add the question of a row, or record its problems; rows with a problem in a cell are tried as far as possible."""
    if any(problem.row == row.number for problem in sheet.problems):
        return None
    values = dict(row.values)
    choices = read_answers(values["kind"], values.pop("answers", ""))
    try:
        with sheet.uow.savepoint():
            return add_question(sheet.uow, assessment_id=assessment_id, choices=choices, **values)
    except (Invalid, Forbidden) as error:
        sheet.problems += [CellProblem(row.number, column, problem) for column, problem in _placed(error)]
        return None


def _placed(error: Invalid | Forbidden) -> list[tuple[str, Problem]]:
    """Return the problems of an error with their columns; those of the assessment concern the whole row."""
    if isinstance(error, Forbidden):
        return [("", Problem(error.code, error.params))]
    known = {column.name for column in COLUMNS}
    found = []
    for path, problems in error.fields.items():
        field = path.partition(".")[0]
        column = FIELD_TO_COLUMN.get(field, field)
        found += [(column if column in known else "", problem) for problem in problems]
    return found


def _cells(question: Question, choices: list[Choice]) -> Mapping[str, str]:
    texts = {name: str(getattr(question, name)) for name in ("text", "explanation", "model_answer")}
    answers = write_answers(question.kind, choices)
    return {**texts, "kind": question.kind.value, "points": f"{question.points.normalize():f}", "answers": answers}


def _file(rows: Iterable[Mapping[str, str]], as_: FileFormat) -> bytes:
    return write_template([column.name for column in COLUMNS], as_=as_, examples=rows)
