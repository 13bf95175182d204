"""Forms whose row another user has changed meanwhile: the digests of the shown values, and the conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from educore import Educore, Entity, Seen, nothing, where
from educore.audit import AuditEntry
from educore.identity import User
from educore.kernel import fingerprint
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.formats import file_name
from educore_web.admin.ui.forms import Form
from educore_web.admin.ui.language import format_instant, translate
from educore_web.admin.ui.question import Question, select_options


@dataclass(frozen=True)
class FieldConflict:
    """A field that is no longer as the form showed it: the submitted text and the stored one.

    `is_changed_here` says that this user had changed it too, and not only the other one.
    """

    question: Question
    submitted: str
    stored: str
    submitted_label: str
    stored_label: str
    is_changed_here: bool


def form_digests(questions: Iterable[Question], row: Any, account: Any) -> Seen:
    """Return the digests of the values that a form is about to show, by question."""
    holders = ((q, q.holder(row, account)) for q in questions if q.field in q.kind.model_fields)
    return {q.name: fingerprint(getattr(holder, q.field)) for q, holder in holders if holder is not None}


def find_conflicts(
    form: Form, stored_form: Form, values: Mapping[str, Any], *, seen: Seen, now: Seen
) -> list[FieldConflict]:
    """Return the fields that are neither as the form showed them nor as the user submitted them."""
    changed = [q for q in form.questions if q.name in seen and now.get(q.name) != seen[q.name]]
    return [
        FieldConflict(
            q,
            form.texts.get(q.name, ""),
            stored_form.texts.get(q.name, ""),
            _format_answer(form, q),
            _format_answer(stored_form, q),
            q.name in values and fingerprint(values[q.name]) != seen[q.name],
        )
        for q in changed
        if q.is_file or form.texts.get(q.name, "") != stored_form.texts.get(q.name, "")
    ]


def describe_last_change(school: Educore, kind: type[Entity], row: Any, account: Any = None) -> str:
    """Return when a row or the account behind it was last changed, and by whom if the user may read the audit trail."""
    of_account = where(kind=User.__name__, row_id=account.id) if account is not None else nothing
    of_row = where(kind=kind.__name__, row_id=row.id)
    with school.work(current_actor(), read_only=True) as uow:
        found = uow.find(AuditEntry, of_row | of_account, order=("-at", "-id"), limit=1)
    times = [owner.updated_at for owner in (row, account) if hasattr(owner, "updated_at")]
    changed = max(times, default=None)
    if found and found[0].actor_name and (changed is None or found[0].at >= changed):
        return translate("stale.by", who=found[0].actor_name, when=format_instant(found[0].at))
    return translate("stale.at", when=format_instant(changed)) if changed else ""


def _format_answer(form: Form, question: Question) -> str:
    """Return an answer as text: a reference by name, an enumeration in the language of the page."""
    text = form.texts.get(question.name, "")
    if question.is_file:
        return file_name(form.files.get(question.name))
    if question.type[0] is bool:
        return translate("yes" if text else "no")
    if question.target:
        return form.names.get(question.name, "—") if text else "—"
    return dict(select_options(question)).get(text, text) if question.widget == "select" else text or "—"
