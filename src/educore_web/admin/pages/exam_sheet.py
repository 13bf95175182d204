"""The sheet of an exam: a score for each student of the group, and a letter where the score does not decide it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any

from educore import From, NameOf, Shape, UnitOfWork, perform, where
from educore.assessment import Exam, ExamResult, Grade, letter_grade
from educore.groups import not_left_before
from educore_web.admin.sheet import (
    Sheet,
    SheetLine,
    SheetState,
    load_students,
    parse_number,
    sort_by_name,
    stored_row,
    write_lines,
)
from educore_web.admin.ui.formats import file_name
from educore_web.admin.ui.forms import as_text


class ExamHead(Shape, of=Exam):
    """The exam of a sheet."""

    id: int
    title: str
    group_id: int
    group: Annotated[str, From("group.name")]
    date: Annotated[date, From("exam_date")]
    start_time: time
    end_time: time
    total_points: int
    passing_score: int


class StudentResult(Shape, of=ExamResult):
    """The result of a student, with the person who graded it and the time."""

    id: int
    student_id: int
    name: Annotated[str, NameOf("student")]
    score: Any
    grade: Grade | None
    answer_file: str | None
    graded_at: datetime | None
    grader: Annotated[str | None, NameOf("graded_by")]


def load(uow: UnitOfWork, exam_id: int) -> SheetState:
    """Return the sheet with the results so far, in three statements. Raises: NotFound, Forbidden."""
    found = uow.select(ExamHead, where(id=exam_id), to="record_results", limit=1)
    exam = found[0] if found else dict(uow.get(Exam, exam_id, to="record_results"))
    results = {result["student_id"]: result for result in uow.select(StudentResult, where(exam_id=exam_id))}
    names = {id: result["name"] for id, result in results.items()} | load_students(
        uow, exam["group_id"], not_left_before(exam["date"])
    )
    return SheetState(exam, sort_by_name(_line(id, name, exam, results.get(id)) for id, name in names.items()))


def write(uow: UnitOfWork, exam_id: int, state: SheetState) -> None:
    """Record the results, and remove those whose texts were emptied. Raises: SheetError, Forbidden."""
    sent = [line for line in state.lines if any(line.texts.values()) or line.facts["result"]]
    rows = [
        {"student_id": line.id, "score": parse_number(line.texts["score"]), "grade": _letter(line)} for line in sent
    ]
    write_lines(sent, "results", lambda: perform(uow, Exam, "record_results", exam_id, {"results": rows}))


def _line(id: int, name: str, exam: Mapping[str, Any], result: Mapping[str, Any] | None) -> SheetLine:
    score = result["score"] if result else None
    derived = None if score is None else letter_grade(score, total=exam["total_points"])
    chosen = result["grade"] if result and result["grade"] != derived else None
    address = result["answer_file"] if result else None
    facts = {"result": result, "file": address, "file_name": file_name(address)}
    texts = {"score": as_text(_short(score)), "letter": as_text(chosen)}
    return SheetLine(id, name, facts, texts, stored=stored_row(ExamResult, result, "score", "grade"))


def _letter(line: SheetLine) -> Grade | None:
    """Return the letter that was chosen, None to derive it from the score."""
    return Grade(line.texts["letter"]) if line.texts["letter"] in list(Grade) else None


def _short(score: Any) -> Any:
    """Return a score without trailing zeros: 85 for 85.00."""
    return None if score is None else f"{score.normalize():f}"


RESULTS = Sheet("results", "ti ti-list-check", "record_results", ("score", "letter"), load, write)
