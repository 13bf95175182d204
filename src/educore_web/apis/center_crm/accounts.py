"""The account of a person, which several sections nest, and the roles that several sections allow."""

from __future__ import annotations

from typing import Annotated

from educore import Constant, Count, NameOf, Role, where
from educore.identity import User
from educore.values import Email, NewPassword, Password, PersonName, Phone, Username
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.words import RoleWord
from educore_web.rest.bodies import Body

OFFICE = frozenset({Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN})
"""The roles that run a center from day to day, and those above them."""

OWNERS = frozenset({Role.SUPERADMIN, Role.DIRECTOR})
"""The roles that decide about a center as a whole."""

TeacherName = Annotated[str | None, NameOf("teacher")]
StudentName = Annotated[str | None, NameOf("student")]

TEACHER_NAMES = ("teacher__user__first_name", "teacher__user__last_name", "teacher__user__username")
STUDENT_NAMES = ("student__user__first_name", "student__user__last_name", "student__user__username")


class AccountIn(Body, of=User):
    """A new account, nested under `user`."""

    username: Username
    password: NewPassword
    email: Email | None = None
    first_name: PersonName = ""
    last_name: PersonName = ""
    phone: Phone | None = None


class AccountChange(AccountIn, of=User):
    """Changes to an account; one's own password changes together with the present one."""

    old_password: Password


class UserOut(CrmShape, of=User):
    """The five keys shown of every account."""

    id: int
    username: str
    email: str | None
    first_name: str
    last_name: str


class UserInfo(UserOut, of=User):
    """The account with what else is known of the person (C45)."""

    full_name: Annotated[str | None, NameOf()]
    phone: str | None
    image: str | None


class StudentUserInfo(UserInfo, of=User):
    """The account of a student."""

    role: Annotated[str, Constant(RoleWord.STUDENT.value)]
    is_blocked: Annotated[bool, Count("Membership", where(role=Role.STUDENT, is_blocked=True))]


class TeacherUserInfo(UserInfo, of=User):
    """The account of a teacher."""

    role: Annotated[str, Constant(RoleWord.TEACHER.value)]
    is_blocked: Annotated[bool, Count("Membership", where(role=Role.TEACHER, is_blocked=True))]
