"""Questions, searches and limits of choices that several screens share."""

from __future__ import annotations

from educore import Role, where
from educore.groups import GroupStatus
from educore.identity import User
from educore.organization import BranchStatus
from educore_web.admin.ui.question import questions_about

active_group = where(status=GroupStatus.ACTIVE)
of_manager = where(Membership__has=where(role=Role.MANAGER))
"""Accounts of managers, to whom leads and branches can be assigned."""

of_open_branch = {"branch_id": where(status=BranchStatus.OPEN)}
"""The limit for `limit_choices` to open branches."""

STUDENT_SEARCH = ("student.user.first_name", "student.user.last_name", "student.user.username")
PERSON_SEARCH = ("user.first_name", "user.last_name", "user.username", "user.phone")

ACCOUNT = questions_about(
    User,
    *("account.first_name", "account.last_name", "account.phone", "account.email"),
    *("account.username", "account.password", "account.birthday", "account.passport_number", "account.image"),
)
"""The questions about the account behind a student, a teacher or a member of the staff."""
