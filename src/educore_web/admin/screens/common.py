"""Questions and searches that several screens share."""

from __future__ import annotations

from educore.identity import User
from educore_web.admin.ui.question import questions_about

PERSON_SEARCH = ("user.first_name", "user.last_name", "user.username", "user.phone")

ACCOUNT = questions_about(
    User,
    *("account.first_name", "account.last_name", "account.phone", "account.email"),
    *("account.username", "account.password", "account.birthday", "account.passport_number", "account.image"),
)
"""The questions about the account behind a student, a teacher or a member of the staff."""
