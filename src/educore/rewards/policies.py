"""Policies for wallets, badges and leaderboards: which roles may see and change which rows."""

from __future__ import annotations

from educore.attendance.policies import of_my_child, taught_in_my_school
from educore.groups.policies import attended_by_me, in_my_school
from educore.identity.policies import MEMBERS, OFFICE, my_children, own_center, taught_by_me
from educore.kernel.conditions import Where, actor, everything, where
from educore.kernel.policy import Policy, Role, allow
from educore.rewards.entities import Badge, BadgeAward, Leaderboard, LeaderboardEntry, RewardEntry, Wallet

FIRST_PLACES = 10
"""The places of a leaderboard whose holders students and parents see beyond their own class and grade level."""

my_wallet: Where = own_center & where(student_id=actor.student_id)

WALLET_POLICY = Policy(
    Wallet,
    {
        Role.SUPERADMIN: allow(read=everything, create=everything, update=everything, adjust=everything),
        **dict.fromkeys(OFFICE, allow(read=in_my_school, adjust=in_my_school)),
        Role.TEACHER: allow(read=taught_in_my_school),
        Role.STUDENT: allow(read=my_wallet),
        Role.PARENT: allow(read=of_my_child),
    },
)

in_my_wallet: Where = own_center & where(wallet__student_id=actor.student_id)
taught_by_me_here: Where = in_my_school & where(wallet__has=where(student__has=taught_by_me))
in_wallet_of_my_child: Where = own_center & where(wallet__has=where(student__has=my_children))

REWARD_ENTRY_POLICY = Policy(
    RewardEntry,
    {
        Role.SUPERADMIN: allow(read=everything, create=everything),
        **dict.fromkeys(OFFICE, allow(read=in_my_school, create=in_my_school)),
        Role.TEACHER: allow(read=taught_by_me_here),
        Role.STUDENT: allow(read=in_my_wallet),
        Role.PARENT: allow(read=in_wallet_of_my_child),
    },
)

BADGE_READERS = tuple(role for role in (*MEMBERS, Role.PARENT) if role not in OFFICE)
"""The people of a school beside its office, but for drivers."""

BADGE_POLICY = Policy(
    Badge,
    {
        Role.SUPERADMIN: allow(everything),
        **dict.fromkeys(OFFICE, allow(in_my_school)),
        **dict.fromkeys(BADGE_READERS, allow(read=in_my_school)),
    },
)

BADGE_AWARD_POLICY = Policy(
    BadgeAward,
    {
        Role.SUPERADMIN: allow(read=everything, create=everything),
        **dict.fromkeys(OFFICE, allow(read=in_my_school)),
        Role.TEACHER: allow(read=taught_in_my_school),
        Role.STUDENT: allow(read=own_center & where(student_id=actor.student_id)),
        Role.PARENT: allow(read=of_my_child),
    },
)

attended_by_my_child: Where = where(Enrollment__has=where(left_on__isnull=True, student__has=my_children))
for_everybody: Where = in_my_school & where(group_id__isnull=True, grade_level_id__isnull=True)


def _boards_of(classes: Where) -> Where:
    """Return the condition for the boards of some classes and of their grade levels."""
    of_classes = where(group__has=classes) | where(grade_level__has=where(Group__has=classes))
    return in_my_school & of_classes


boards_of_my_classes: Where = _boards_of(attended_by_me)
boards_of_my_children: Where = _boards_of(attended_by_my_child)
taught_classes: Where = where(teacher_id=actor.teacher_id) | where(Session__teacher_id=actor.teacher_id)
boards_of_taught_classes: Where = _boards_of(taught_classes)

LEADERBOARD_POLICY = Policy(
    Leaderboard,
    {
        Role.SUPERADMIN: allow(everything),
        **dict.fromkeys(OFFICE, allow(read=in_my_school)),
        Role.TEACHER: allow(read=for_everybody | boards_of_taught_classes),
        Role.STUDENT: allow(read=for_everybody | boards_of_my_classes),
        Role.PARENT: allow(read=for_everybody | boards_of_my_children),
    },
)

first_places: Where = in_my_school & where(rank__lte=FIRST_PLACES, leaderboard__has=for_everybody)

LEADERBOARD_ENTRY_POLICY = Policy(
    LeaderboardEntry,
    {
        Role.SUPERADMIN: allow(everything),
        **dict.fromkeys(OFFICE, allow(read=in_my_school)),
        Role.TEACHER: allow(read=in_my_school & where(leaderboard__has=for_everybody | boards_of_taught_classes)),
        Role.STUDENT: allow(
            read=first_places
            | in_my_school & where(leaderboard__has=boards_of_my_classes)
            | own_center & where(student_id=actor.student_id)
        ),
        Role.PARENT: allow(
            read=first_places | in_my_school & where(leaderboard__has=boards_of_my_children) | of_my_child
        ),
    },
)

POLICIES = (
    WALLET_POLICY,
    REWARD_ENTRY_POLICY,
    BADGE_POLICY,
    BADGE_AWARD_POLICY,
    LEADERBOARD_POLICY,
    LEADERBOARD_ENTRY_POLICY,
)
