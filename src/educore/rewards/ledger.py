"""The ledger of a wallet: `book` is the only place that writes wallets and entries.

A wallet is the sum of its entries. `book` locks it, leaves out entries whose key is booked already, and writes the rest
and the new sums; so a reward happens once, and nothing is spent twice, whoever else is booking at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center, CenterKind
from educore.people.entities import Student
from educore.rewards.entities import COLLECTED, RewardEntry, RewardReason, RewardType, Wallet
from educore.rewards.events import WalletOpened

COINS_PER_POINTS = 10
"""The points that are earned for one coin."""

ADJUSTABLE = ("total_points", "total_coins", "points_spent", "coins_spent")
"""The sums of a wallet that the office may set."""


@dataclass(frozen=True)
class EntryDraft:
    """An entry to book: see `RewardEntry`."""

    type: RewardType
    reason: RewardReason
    points: int = 0
    coins: int = 0
    key: str | None = None
    about_kind: str | None = None
    about_id: int | None = None
    description: str = ""
    made_by_id: int | None = None


def coins_for(points: int) -> int:
    """Return the coins that come with points that are earned."""
    return points // COINS_PER_POINTS


def is_school(uow: UnitOfWork, center_id: int) -> bool:
    """Return whether a Center is a school; only schools give rewards. The actor knows it of their own Center."""
    if uow.actor.center_id == center_id:
        return uow.actor.school_id == center_id
    return uow.as_platform().get(Center, center_id).kind is CenterKind.SCHOOL


def open_wallets(platform: UnitOfWork, students: Collection[Student]) -> list[Wallet]:
    """Add the wallets of students who are new, or locked and without one."""
    rows = [{"center_id": student.center_id, "student_id": student.id} for student in students]
    return platform.add_all(Wallet, rows)


def lock_wallet(platform: UnitOfWork, student: Student) -> Wallet:
    """Lock the wallet of a student, who is locked first, and return it; one that is missing is made."""
    if found := platform.find(Wallet, where(student_id=student.id), lock=True):
        return found[0]
    platform.record(WalletOpened(student.center_id, student.id))
    return open_wallets(platform, [student])[0]


def book(platform: UnitOfWork, wallet: Wallet, /, *drafts: EntryDraft) -> list[RewardEntry]:
    """Book entries in a wallet, each key once, and return the new ones.

    Raises: Conflict("not_enough") on points or coins, with the number that is missing.
    """
    if not drafts:
        return []
    locked = platform.get(Wallet, wallet.id, lock=True)
    keys = [draft.key for draft in drafts if draft.key is not None]
    booked = where(wallet_id=locked.id, key__in=keys)
    known = {entry.key for entry in platform.find(RewardEntry, booked)} if keys else set()
    new = [draft for draft in drafts if draft.key is None or draft.key not in known]
    if not new:
        return []
    sums = sums_after(locked, new)
    for name, left in (
        ("points", sums["total_points"] - sums["points_spent"]),
        ("coins", sums["total_coins"] - sums["coins_spent"]),
    ):
        if left < 0:
            raise Conflict.because(name, "not_enough", missing=-left)
    platform.change(locked, sums)
    shared = {"center_id": locked.center_id, "wallet_id": locked.id, "created_at": platform.ports.clock.now()}
    rows = [{**vars(draft), **shared} for draft in new]
    if len(rows) == 1:
        return [platform.add(RewardEntry, rows[0])]  # whose problems are named without a position
    return platform.add_all(RewardEntry, rows)


def sums_after(wallet: Wallet, entries: Collection[EntryDraft | RewardEntry]) -> dict[str, int]:
    """Return the sums of a wallet with further entries."""
    collected = [entry for entry in entries if entry.type in COLLECTED]
    spent = [entry for entry in entries if entry.type is RewardType.SPENT]
    return {
        "total_points": wallet.total_points + sum(entry.points for entry in collected),
        "total_coins": wallet.total_coins + sum(entry.coins for entry in collected),
        "points_spent": wallet.points_spent - sum(entry.points for entry in spent),
        "coins_spent": wallet.coins_spent - sum(entry.coins for entry in spent),
    }


@use_case
def add_reward(
    uow: UnitOfWork, /, *, student_id: int, coins: int | None = None, points: int = 0, **fields: Any
) -> RewardEntry:
    """Book an entry in the wallet of a student by hand. Without `coins`, points that are earned bring theirs.

    What is spent or taken has a sign: -20 points.
    Raises: Invalid("unknown_id") on student_id; ("changes_nothing") and ("above_zero") and ("below_zero") on points or
    coins; Conflict("not_enough") there; Conflict("no_school") on student_id.
    """
    kind = RewardType(fields["type"])
    given = coins_for(points) if coins is None and kind is RewardType.EARNED else coins or 0
    _require_sign(kind, points=points, coins=given)
    platform = uow.as_platform()
    student = uow.reference(Student, student_id, field="student_id")
    student = platform.get(Student, student.id, lock=True)
    _require_school(uow, student)
    uow.require_fields(RewardEntry, "create", fields)
    wallet = uow.reference(Wallet, lock_wallet(platform, student).id, field="student_id")
    draft = EntryDraft(**with_computed(fields, points=points, coins=given, made_by_id=uow.actor.user_id))
    return uow.get(RewardEntry, book(platform, wallet, draft)[0].id)


@use_case
def adjust_wallet(uow: UnitOfWork, wallet: Wallet, /, **sums: int) -> Wallet:
    """Set sums of a wallet: the differences are booked as adjustments by hand.

    Raises: Conflict("not_enough") on the sum that takes too much.
    """
    seen = uow.get(Wallet, wallet.id, to="adjust")
    platform = uow.as_platform()
    platform.get(Student, seen.student_id, lock=True)
    before = platform.get(Wallet, seen.id, lock=True)
    changes = {name: value - getattr(before, name) for name, value in sums.items() if name in ADJUSTABLE}
    try:
        book(platform, before, *_adjustments(changes, made_by_id=uow.actor.user_id))
    except Conflict as error:
        spent = {name: f"{name}_spent" for name in ("points", "coins")}
        fields = {
            spent[path] if spent[path] in sums else f"total_{path}": found for path, found in error.fields.items()
        }
        raise Conflict(fields) from None
    return uow.get(Wallet, before.id)


def _sum_of(path: str, sums: Mapping[str, int]) -> str:
    """Return the sum whose change takes too many points or coins."""
    return spent if (spent := f"{path}_spent") in sums else f"total_{path}"


def _adjustments(changes: Mapping[str, int], *, made_by_id: int | None) -> list[EntryDraft]:
    """Return the entries for changes of sums: one for each type and sign."""
    found: list[EntryDraft] = []
    collected = {"points": changes.get("total_points", 0), "coins": changes.get("total_coins", 0)}
    spent = {"points": -changes.get("points_spent", 0), "coins": -changes.get("coins_spent", 0)}
    for more, less, parts in (
        (RewardType.BONUS, RewardType.PENALTY, collected),
        (RewardType.SPENT, RewardType.SPENT, spent),
    ):
        raised = {name: max(value, 0) for name, value in parts.items()}
        lowered = {name: min(value, 0) for name, value in parts.items()}
        for kind, amounts in ((more, raised), (less, lowered)):
            if any(amounts.values()):
                points, coins = amounts["points"], amounts["coins"]
                found.append(EntryDraft(kind, RewardReason.MANUAL_ADJUSTMENT, points, coins, made_by_id=made_by_id))
    return found


def _require_sign(kind: RewardType, *, points: int, coins: int) -> None:
    """Refuse a sign that does not fit: only the adjustment of a wallet gives back what was spent."""
    is_taken = kind in (RewardType.SPENT, RewardType.PENALTY)
    if not points and not coins:
        raise Invalid.because("points", "changes_nothing")
    for name, value in (("points", points), ("coins", coins)):
        if value and (value > 0) is is_taken:
            raise Invalid.because(name, "below_zero" if is_taken else "above_zero")


def _require_school(uow: UnitOfWork, student: Student) -> None:
    if not is_school(uow, student.center_id):
        raise Conflict.because("student_id", "no_school")
