"""The mark sheet of an exam: a score for everybody of the group, and a letter where it is not the usual one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any

from educore import From, Joined, Shape, UnitOfWork, perform, where
from educore.assessment import Exam, ExamResult, Grade, letter_grade
from educore_web.admin.pages.sheet import (
    Filled,
    Line,
    Sheet,
    file_name,
    full_name,
    in_order,
    number_written,
    seats,
    stored_line,
    write_lines,
)
from educore_web.admin.ui.forms import as_text


class Paper(Shape, of=Exam):
    """What a mark sheet is about."""

    id: int
    title: str
    group_id: int
    group: Annotated[str, From("group.name")]
    date: Annotated[date, From("exam_date")]
    start_time: time
    end_time: time
    total_points: int
    passing_score: int


class Result(Shape, of=ExamResult):
    """What a student reached so far, and who graded it when."""

    id: int
    student_id: int
    name: Annotated[str | None, Joined("student.user.first_name", "student.user.last_name")]
    username: Annotated[str, From("student.user.username")]
    score: Any
    grade: Grade | None
    answer_file: str | None
    graded_at: datetime | None
    grader: Annotated[str | None, Joined("graded_by.first_name", "graded_by.last_name")]


def load(uow: UnitOfWork, exam_id: int) -> Filled:
    """The results so far, in three statements. Raises: NotFound, Forbidden."""
    found = uow.select(Paper, where(id=exam_id), to="record_results", limit=1)
    exam = found[0] if found else dict(uow.get(Exam, exam_id, to="record_results"))
    results = {result["student_id"]: result for result in uow.select(Result, where(exam_id=exam_id))}
    names = {id: full_name(result) for id, result in results.items()} | seats(uow, exam["group_id"], on=exam["date"])
    return Filled(exam, in_order(_line(id, name, exam, results.get(id)) for id, name in names.items()))


def write(uow: UnitOfWork, exam_id: int, filled: Filled) -> None:
    """Enter what was written, and take back what was emptied. Raises: SheetRefused, Forbidden."""
    sent = [line for line in filled.lines if any(line.texts.values()) or line.known["result"]]
    rows = [
        {"student_id": line.id, "score": number_written(line.texts["score"]), "grade": _letter(line)} for line in sent
    ]
    write_lines(sent, "results", lambda: perform(uow, Exam, "record_results", exam_id, results=rows))


def _line(id: int, name: str, exam: Mapping[str, Any], result: Mapping[str, Any] | None) -> Line:
    score = result["score"] if result else None
    usual = None if score is None else letter_grade(score, total=exam["total_points"])
    chosen = result["grade"] if result and result["grade"] != usual else None
    address = result["answer_file"] if result else None
    known = {"result": result, "file": address, "file_name": file_name(address)}
    texts = {"score": as_text(_short(score)), "letter": as_text(chosen)}
    return Line(id, name, known, texts, stored=stored_line(ExamResult, result, "score", "grade"))


def _letter(line: Line) -> Grade | None:
    """The letter that was chosen; without one the usual one for the score follows."""
    return Grade(line.texts["letter"]) if line.texts["letter"] in list(Grade) else None


def _short(score: Any) -> Any:
    """A score without zeros that say nothing: 85 instead of 85.00."""
    return None if score is None else f"{score.normalize():f}"


RESULTS = Sheet("results", "ti ti-list-check", "record_results", ("score", "letter"), load, write)
