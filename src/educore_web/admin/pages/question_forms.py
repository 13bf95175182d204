"""The forms of the questions of an assessment: one for each question, and one for a new one of each kind.

The parts of a question are numbered lines: `text-1`, `match-1` and so on. Lines without a text are left out, so that
the browser needs no script to add and remove them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from educore import Invalid
from educore.assessment import Choice, Question, QuestionKind
from educore.kernel import fingerprint
from educore_web.admin.sheet import parse_number
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.parameters import parse_id

CHOSEN = (QuestionKind.SINGLE_CHOICE, QuestionKind.TRUE_FALSE)
WITHOUT_PARTS = (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT)
TEXTS = ("text", "text_ar", "text_fr", "points", "explanation", "model_answer")
FLAGS = ("is_required", "case_sensitive")
PART_TEXTS = ("text", "match", "blank", "place")
EMPTY_LINES = 3
"""The empty lines below the parts of a question."""
MORE_LINES = 5
"""The lines that one button adds."""
MAX_LINES = 60


@dataclass
class PartLine:
    """A line of the parts of a question: its texts, and whether it is right."""

    number: int
    texts: dict[str, str]
    is_correct: bool = False

    @property
    def is_empty(self) -> bool:
        """True if the line holds no part."""
        return not self.texts.get("text") and not self.texts.get("match")


@dataclass
class QuestionForm:
    """The form of a question; `id` is None for a new one. `seen` is a digest of the question as it was shown."""

    kind: QuestionKind
    id: int | None = None
    number: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    parts: list[PartLine] = field(default_factory=list)
    seen: str = ""
    errors: list[str] = field(default_factory=list)
    is_unsaved: bool = False

    @property
    def name(self) -> str:
        """The name of the form, by which its controls differ from those of others."""
        return str(self.id or "new")

    @property
    def has_parts(self) -> bool:
        """True if the question has parts."""
        return self.kind not in WITHOUT_PARTS

    @property
    def right_control(self) -> str:
        """The control that says which parts are right: "radio", "checkbox", or "" where all or none are."""
        if self.kind in CHOSEN:
            return "radio"
        return "checkbox" if self.kind is QuestionKind.MULTIPLE_CHOICE else ""

    @property
    def part_texts(self) -> tuple[str, ...]:
        """The texts of a part."""
        more = {
            QuestionKind.MATCHING: ("match",),
            QuestionKind.FILL_BLANKS: ("blank",),
            QuestionKind.ORDERING: ("place",),
        }
        return ("text", *more.get(self.kind, ()))

    def add_lines(self, count: int) -> None:
        """Add empty lines below the parts."""
        most = 2 if self.kind is QuestionKind.TRUE_FALSE else MAX_LINES
        while self.has_parts and count and len(self.parts) < most:
            self.parts.append(PartLine(len(self.parts) + 1, dict.fromkeys(PART_TEXTS, "")))
            count -= 1

    def read(self, posted: Mapping[str, Any]) -> None:
        """Take over what was submitted; CRLF from browsers becomes LF."""
        self.texts = {name: _text(posted, name) for name in TEXTS}
        self.flags = {name: name in posted for name in FLAGS}
        right = {str(value) for value in posted.getlist("right")} if hasattr(posted, "getlist") else set()
        numbers = range(1, MAX_LINES + 1)
        self.parts = [
            PartLine(n, {name: _text(posted, f"{name}-{n}") for name in PART_TEXTS}, str(n) in right)
            for n in numbers
            if f"text-{n}" in posted
        ]
        self.is_unsaved = True

    def fields(self) -> dict[str, Any]:
        """Return the fields of the question as the use case takes them, without its parts."""
        texts: dict[str, Any] = {name: self.texts.get(name, "") for name in TEXTS}
        texts |= {name: texts[name] or None for name in ("text_ar", "text_fr")}
        return {
            **texts,
            "points": parse_number(texts["points"]),
            **{name: self.flags.get(name, False) for name in FLAGS},
        }

    def choices(self) -> list[dict[str, Any]]:
        """Return the parts as the use case takes them."""
        filled = [line for line in self.parts if not line.is_empty]
        return [_part(line, self.part_texts, has_right=bool(self.right_control)) for line in filled]


def stored_form(question: Question, choices: Sequence[Choice], *, number: int) -> QuestionForm:
    """Return the form of a question as it is stored."""
    texts = {name: _shown(getattr(question, name)) for name in TEXTS}
    texts["points"] = f"{question.points.normalize():f}"
    form = QuestionForm(question.kind, question.id, number, texts, {name: getattr(question, name) for name in FLAGS})
    form.parts = [
        PartLine(n, {name: _shown(getattr(choice, name)) for name in PART_TEXTS}, choice.is_correct)
        for n, choice in enumerate(choices, 1)
    ]
    form.seen = fingerprint([texts, form.flags, [(line.texts, line.is_correct) for line in form.parts]])
    form.add_lines(EMPTY_LINES)
    return form


def new_form(kind: QuestionKind) -> QuestionForm:
    """Return the empty form of a new question."""
    form = QuestionForm(kind, texts={**dict.fromkeys(TEXTS, ""), "points": "1"}, flags={"is_required": True})
    if kind is QuestionKind.TRUE_FALSE:
        words = (translate("question.true"), translate("question.false"))
        form.parts = [PartLine(n, {"text": word}, n == 1) for n, word in enumerate(words, 1)]
    else:
        form.add_lines(EMPTY_LINES + 1)
    return form


def _part(line: PartLine, names: Sequence[str], *, has_right: bool) -> dict[str, Any]:
    part: dict[str, Any] = {name: line.texts.get(name, "") for name in names}
    part |= {name: part[name] or None for name in ("match",) if name in part}
    for name in part.keys() & {"blank", "place"}:
        if not (text := part.pop(name)):
            continue
        if (number := parse_id(text)) is None:
            raise Invalid.because(f"choices.{name}", "int_parsing")
        part[name] = number
    return part | ({"is_correct": line.is_correct} if has_right else {})


def _text(posted: Mapping[str, Any], name: str) -> str:
    return str(posted.get(name, "")).strip().replace("\r\n", "\n")


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
