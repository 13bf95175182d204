"""Policies for accounts, memberships, sign-ins and calendar feeds: which roles may see and change which rows."""

from __future__ import annotations

from educore.identity.entities import CalendarFeed, Membership, OneTimeCode, PasswordAttempts, SignIn, User
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Grants, Policy, Role, allow, only_fields

own_center: Where = where(center_id=actor.center_id)
own_account: Where = where(id=actor.user_id)
own_user: Where = where(user_id=actor.user_id)
my_feed: Where = where(user_id=actor.user_id, membership_id=actor.membership_id)

MANAGED_ROLES = {
    Role.DIRECTOR: (Role.MANAGER, Role.ADMIN, Role.STAFF, Role.TEACHER, Role.STUDENT, Role.PARENT, Role.DRIVER),
    Role.MANAGER: (Role.TEACHER, Role.STUDENT),
    Role.ADMIN: (Role.STUDENT,),
}
"""The roles of the members whose accounts each role opens, changes and closes."""

SCHOOL_ROLES = (Role.STAFF, Role.TEACHER, Role.STUDENT, Role.PARENT, Role.DRIVER)
"""The roles of the people whom the whole office of a school registers; all but its director."""

SELF_REGISTERED = (Role.STUDENT, Role.PARENT)
"""The roles in which a stranger may register at a school. They see nothing of it until the office knows them."""

directors: Where = own_center & where(role=Role.DIRECTOR)
self_registered: Where = where(center__kind="school", role__in=SELF_REGISTERED)
school_people: Where = where(center_id=actor.school_id, role__in=SCHOOL_ROLES)

open_in_my_groups: Where = where(left_on__isnull=True) & (
    where(group__teacher_id=actor.teacher_id) | where(group__Session__teacher_id=actor.teacher_id)
)
taught_by_me: Where = own_center & where(Enrollment__has=open_in_my_groups)
my_students: Where = own_center & where(role=Role.STUDENT, user__has=where(Student__has=taught_by_me))

my_children: Where = own_center & where(Guardianship__has=where(guardian_id=actor.user_id, ended_at__isnull=True))
"""The students whose guardian the actor is."""

accounts_of_my_children: Where = own_center & where(Student__has=my_children)

MEMBERS = (Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.TEACHER, Role.STUDENT)

accounts_at_work: Where = own_center & (where(Student__has=taught_by_me) | where(Teacher__has=own_center))
"""The accounts of the students whom a teacher teaches, and of all teachers of the Center."""


def grant_read_to_members(rows: Where) -> dict[Role, Grants]:
    """Return grants that let every member of a Center read these rows; policies add further grants with `|`."""
    return dict.fromkeys(MEMBERS, allow(read=rows))


def accounts_managed_by(role: Role) -> Where:
    """Return the condition for accounts of the Center whose owners only have roles that this role manages."""
    managed = where(center_id=actor.center_id, role__in=MANAGED_ROLES[role])
    return own_center & where(Membership__has=managed, Membership__lacks=_is_beyond(role))


def accounts_closable_by(role: Role) -> Where:
    """Return the condition for accounts that the role may close: they may also have no membership left."""
    return own_center & where(Membership__lacks=_is_beyond(role))


def _is_beyond(role: Role) -> Where:
    """Return the condition for memberships that this role does not manage."""
    return where(role__in=[other for other in Role if other not in MANAGED_ROLES[role]])


OWN_PASSWORD = only_fields(own_account, "password_hash", "password_is_initial")
OWN_NAME = only_fields(own_account, "first_name", "last_name")
OWN_PROFILE = only_fields(
    own_account,
    *("first_name", "last_name", "phone", "birthday", "image", "bio", "address"),
    *("emergency_contact_name", "emergency_contact_phone", "language", "calendar", "wants_mail"),
)
SELF_SERVICE = allow(change_own_password=OWN_PASSWORD, change_own_name=OWN_NAME, change_own_profile=OWN_PROFILE)

ONESELF = (Role.PARENT, Role.DRIVER)
"""The roles of people who are no part of the work: of accounts, they have to do with their own alone."""


def _account_rules(role: Role) -> Grants:
    return {
        **SELF_SERVICE,
        **allow(
            read=own_center | own_account,
            create=own_center,
            update=accounts_managed_by(role),
            delete=accounts_closable_by(role),
        ),
    }


def _membership_rules(role: Role) -> Grants:
    managed = own_center & where(role__in=MANAGED_ROLES[role])
    return allow(
        read=own_center | own_user,
        list=own_center,
        create=managed | school_people,
        update=managed,
        delete=managed,
        block=managed,
        unblock=managed,
        register=school_people,
    )


def _sign_in_rules(role: Role) -> Grants:
    return allow(own_user, end=own_user | _is_of_managed_member(role))


def _feed_rules(role: Role) -> Grants:
    return allow(my_feed, revoke=own_user | _is_of_managed_member(role))


def _is_of_managed_member(role: Role) -> Where:
    """Return the condition for sign-ins and calendar feeds of the members this role manages."""
    return own_center & where(membership__role__in=MANAGED_ROLES[role])


STAFF = (Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF, Role.TEACHER)
"""The roles of those who work at a Center, and of those above: they may call the people whom they see."""

OFFICE = (Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF)
"""The roles that keep the records of a Center."""

PRIVATE_FIELDS = (
    *("bio", "address", "emergency_contact_name", "emergency_contact_phone"),
    *("email_verified_at", "last_signed_in_at"),
)
"""The fields of an account for its owner and the office of its Center.

Parents see no accounts but their own and those of their children, and these as a whole.
"""

readable_privately = (
    dict.fromkeys(Role, own_account)
    | dict.fromkeys(OFFICE, own_account | own_center)
    | dict.fromkeys((Role.SUPERADMIN, Role.PARENT), everything)
)

USER_POLICY = Policy(
    User,
    {role: _account_rules(role) for role in MANAGED_ROLES}
    | {
        Role.SUPERADMIN: allow(everything),
        Role.STAFF: {**SELF_SERVICE, **allow(read=own_center | own_account, create=own_center)},
        Role.TEACHER: {**SELF_SERVICE, **allow(read=own_account | accounts_at_work)},
        Role.STUDENT: {
            **SELF_SERVICE,
            **allow(read=own_account, update=only_fields(own_account, "email", "password_hash")),
        },
        Role.ANONYMOUS: allow(sign_in=everything),
    }
    | {
        Role.PARENT: {**SELF_SERVICE, **allow(read=own_account | accounts_of_my_children)},
        Role.DRIVER: {**SELF_SERVICE, **allow(read=own_account)},
    },
    restricted_fields={
        "passport_number": dict.fromkeys(Role, own_account) | {Role.SUPERADMIN: everything},
        "phone": dict.fromkeys(Role, own_account) | dict.fromkeys((*STAFF, Role.PARENT), everything),
        **dict.fromkeys(PRIVATE_FIELDS, readable_privately),
    },
)

MEMBERSHIP_POLICY = Policy(
    Membership,
    {role: _membership_rules(role) for role in MANAGED_ROLES}
    | {
        Role.DIRECTOR: {
            **_membership_rules(Role.DIRECTOR),
            **allow(appoint=directors, register=school_people | directors & where(center_id=actor.school_id)),
        },
        Role.SUPERADMIN: allow(everything),
        Role.STAFF: allow(read=own_center | own_user, list=own_center, create=school_people, register=school_people),
        Role.TEACHER: allow(read=own_user | my_students, list=my_students),
        Role.STUDENT: allow(read=own_user),
        Role.ANONYMOUS: allow(sign_in=everything, register=self_registered),
    }
    | {
        Role.PARENT: allow(read=own_user | own_center & where(role=Role.STUDENT, user__has=accounts_of_my_children)),
        Role.DRIVER: allow(read=own_user),
    },
)

SIGN_IN_POLICY = Policy(
    SignIn,
    {role: _sign_in_rules(role) for role in MANAGED_ROLES}
    | {Role.SUPERADMIN: allow(everything), Role.ANONYMOUS: allow(authenticate=everything)}
    | dict.fromkeys((Role.STAFF, Role.TEACHER, Role.STUDENT, *ONESELF), allow(own_user, end=own_user)),
)

CALENDAR_FEED_POLICY = Policy(
    CalendarFeed,
    dict.fromkeys(MEMBERS, allow(my_feed, revoke=own_user))
    | {role: _feed_rules(role) for role in MANAGED_ROLES}
    | {Role.SUPERADMIN: allow(everything, create=nothing), Role.ANONYMOUS: allow(open_feed=everything)},
)

PASSWORD_ATTEMPTS_POLICY = Policy(
    PasswordAttempts, {Role.ANONYMOUS: allow(everything), Role.SUPERADMIN: allow(read=everything)}
)

ONE_TIME_CODE_POLICY = Policy(OneTimeCode, {Role.SUPERADMIN: allow(everything)})

POLICIES = (
    *(USER_POLICY, MEMBERSHIP_POLICY, SIGN_IN_POLICY, CALENDAR_FEED_POLICY),
    *(PASSWORD_ATTEMPTS_POLICY, ONE_TIME_CODE_POLICY),
)
