"""Students, teachers, directors and staff of a Center, and their sign-in."""

from educore.people.authentication import SignInProof, authenticate, read_claims, verify_sign_in
from educore.people.context import CONTEXT
from educore.people.entities import (
    SEAT_STATUSES,
    Guardianship,
    Student,
    StudentId,
    StudentStatus,
    Teacher,
    TeacherId,
    TeacherRating,
    TeacherStatus,
)
from educore.people.guardians import end_guardianship, link_guardian
from educore.people.refresh_tokens import Lifetimes
from educore.people.sign_in import (
    ROLES_BY_RANK,
    SignInResult,
    refresh_sign_in,
    renew_access,
    revoke_all_access,
    sign_in,
    sign_out,
    verify_token,
)
from educore.people.use_cases import (
    block_teacher,
    change_member,
    change_teacher,
    open_superadmin,
    rate_teacher,
    register_director,
    register_member,
    register_staff,
    register_teacher,
    remove_teacher,
    unblock_teacher,
)

__all__ = [
    "CONTEXT",
    "Guardianship",
    "Lifetimes",
    "ROLES_BY_RANK",
    "SEAT_STATUSES",
    "SignInProof",
    "SignInResult",
    "Student",
    "StudentId",
    "StudentStatus",
    "Teacher",
    "TeacherId",
    "TeacherRating",
    "TeacherStatus",
    "authenticate",
    "block_teacher",
    "change_member",
    "change_teacher",
    "end_guardianship",
    "link_guardian",
    "open_superadmin",
    "rate_teacher",
    "read_claims",
    "refresh_sign_in",
    "register_director",
    "register_member",
    "register_staff",
    "register_teacher",
    "remove_teacher",
    "renew_access",
    "revoke_all_access",
    "sign_in",
    "sign_out",
    "unblock_teacher",
    "verify_sign_in",
    "verify_token",
]
