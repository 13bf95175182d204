"""Forms whose row somebody else has changed meanwhile: what was seen, and what there is to choose between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from educore import Educore, Entity, Seen, nothing, where
from educore.audit import AuditEntry
from educore.identity import User
from educore.kernel import fingerprint
from educore_web.admin.pages.sheet import file_name
from educore_web.admin.security.current_user import acting
from educore_web.admin.ui.cells import options
from educore_web.admin.ui.forms import Form, Question
from educore_web.admin.ui.language import format_instant, translate


@dataclass(frozen=True)
class Choice:
    """A field that is no longer as the form showed it: what the visitor wrote, and what is stored now.

    `is_mine` says whether the visitor had changed it too; otherwise only the other did.
    """

    question: Question
    mine: str
    theirs: str
    mine_said: str
    theirs_said: str
    is_mine: bool


def see(questions: Iterable[Question], row: Any, account: Any) -> Seen:
    """Return what a form is about to show, by question."""
    owners = ((q, account if q.is_account else row) for q in questions if q.field in q.kind.model_fields)
    return {q.name: fingerprint(getattr(owner, q.field)) for q, owner in owners if owner is not None}


def choices_between(form: Form, theirs: Form, values: Mapping[str, Any], *, seen: Seen, now: Seen) -> list[Choice]:
    """Return the fields that are no longer as the form showed them and not as the visitor wants them either."""
    changed = [q for q in form.questions if q.name in seen and now.get(q.name) != seen[q.name]]
    return [
        Choice(
            q,
            form.texts.get(q.name, ""),
            theirs.texts.get(q.name, ""),
            _say(form, q),
            _say(theirs, q),
            q.name in values and fingerprint(values[q.name]) != seen[q.name],
        )
        for q in changed
        if q.is_file or form.texts.get(q.name, "") != theirs.texts.get(q.name, "")
    ]


def last_change(school: Educore, kind: type[Entity], row: Any, account: Any = None) -> str:
    """Say when a row or the account behind it was last changed, and by whom where the trail tells the visitor."""
    of_account = where(kind=User.__name__, row_id=account.id) if account is not None else nothing
    asked = where(kind=kind.__name__, row_id=row.id) | of_account
    with school.work(acting(), read_only=True) as uow:
        found = uow.find(AuditEntry, asked, order=("-at", "-id"), limit=1)
    times = [owner.updated_at for owner in (row, account) if hasattr(owner, "updated_at")]
    changed = max(times, default=None)
    if found and found[0].actor_name and (changed is None or found[0].at >= changed):
        return translate("stale.by", who=found[0].actor_name, when=format_instant(found[0].at))
    return translate("stale.at", when=format_instant(changed)) if changed else ""


def _say(form: Form, question: Question) -> str:
    """Say an answer in words: a reference by name, an enumeration in the language of the page."""
    text = form.texts.get(question.name, "")
    if question.is_file:
        return file_name(form.files.get(question.name))
    if question.type[0] is bool:
        return translate("yes" if text else "no")
    if question.target:
        return form.names.get(question.name, "—") if text else "—"
    return dict(options(question)).get(text, text) if question.widget == "select" else text or "—"
