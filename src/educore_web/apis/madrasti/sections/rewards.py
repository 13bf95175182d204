"""Student wallets, and the transactions in them."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from educore import Computed, From, NameOf, NotFound, Role, UnitOfWork, perform, where
from educore.people import Student
from educore.rewards import PointChange, PointSum, RewardEntry, Wallet, level_of, level_progress
from educore.values import Line
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY, OFFICE, RewardReasonWord, RewardWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.filters import id_filter
from educore_web.rest.further_names import Also

READERS = OFFICE | FAMILY | {Role.TEACHER}

ABOUT = MappingProxyType({"Assessment": "homework", "Badge": "badge"})
"""The document's word for each kind of row that a transaction is about."""

KINDS = MappingProxyType({word: kind for kind, word in ABOUT.items()})


def left(total: int, spent: int) -> int:
    """Return what can still be spent."""
    return total - spent


def reference_word(kind: str | None) -> str | None:
    """Return the document's word for the kind of row that a transaction is about."""
    return ABOUT.get(kind or "", kind)


class WalletIn(Body, of=Wallet):
    """New sums of a wallet; the differences are booked as adjustments by hand."""

    total_points: PointSum
    total_coins: PointSum
    points_spent: PointSum
    coins_spent: PointSum


class WalletOut(MadrastiShape, of=Wallet):
    """The points and coins of a student. A level has 500 points; spending changes neither it nor the totals."""

    id: int
    student: Annotated[int, From("student.user_id"), Also("student_id")]
    student_name: Annotated[str | None, NameOf("student")]
    total_points: int
    total_coins: int
    points_spent: int
    coins_spent: int
    available_points: Annotated[int, Computed(left, "total_points", "points_spent")]
    available_coins: Annotated[int, Computed(left, "total_coins", "coins_spent")]
    level: Annotated[int, Computed(level_of, "total_points")]
    level_progress: Annotated[float, Computed(level_progress, "total_points")]
    created_at: datetime
    updated_at: datetime


ReferenceType = Annotated[Line, Field(max_length=40, pattern="^[A-Za-z_]+$")]
"""A kind of rows, in letters and low lines."""


class TransactionIn(Body, of=RewardEntry):
    """A transaction by hand; what is spent or taken has negative points or coins.

    Without coins, points that are EARNED bring one for every ten.
    """

    student: Annotated[int, To("student_id"), LookupBy(Student, "user_id"), Also("student_id")]
    transaction_type: Annotated[RewardWord, To("type")]
    reason: RewardReasonWord
    points: PointChange
    coins: PointChange | None = None
    reference_id: Annotated[int | None, To("about_id"), Field(ge=0, le=2_147_483_647)] = None
    reference_type: Annotated[ReferenceType | None, To("about_kind")] = None
    description: Line = ""


class TransactionOut(MadrastiShape, of=RewardEntry):
    """A transaction; it never changes."""

    id: int
    student: Annotated[int, From("wallet.student.user_id"), Also("student_id")]
    transaction_type: Annotated[RewardWord, From("type")]
    reason: RewardReasonWord
    points: int
    coins: int
    reference_id: Annotated[int | None, From("about_id")]
    reference_type: Annotated[str | None, Computed(reference_word, "about_kind")]
    description: str
    created_at: datetime


def show_my_wallet(uow: UnitOfWork) -> dict[str, Any]:
    """Show the wallet of the student who asks"""
    found = uow.select(WalletOut, where(student_id=uow.actor.student_id), limit=1)
    if not found:
        raise NotFound(kind=Wallet.__name__)
    return found[0]


def add_transaction(uow: UnitOfWork, *, about_kind: str | None = None, **fields: Any) -> RewardEntry:
    """Book a transaction by hand."""
    kind = None if about_kind is None else KINDS.get(about_kind.lower(), about_kind)
    entry: RewardEntry = perform(uow, RewardEntry, "create", fields={**fields, "about_kind": kind})
    return entry


WALLETS, TRANSACTIONS = "/homework/student-wallets/", "/homework/reward-transactions/"
OF_WALLETS: dict[str, Any] = {"resource": "homework.student_wallets"}
OF_TRANSACTIONS: dict[str, Any] = {"resource": "homework.reward_transactions"}
NAMES = ("user__first_name", "user__last_name")

ROUTES = [
    madrasti.list(
        WALLETS,
        WalletOut,
        order=("id",),
        search=tuple(f"student__{name}" for name in NAMES),
        orderings=("id", "total_points", "total_coins", "points_spent", "coins_spent", "created_at", "updated_at"),
        roles=READERS,
        **OF_WALLETS,
    ),
    madrasti.get(
        f"{WALLETS}my_wallet/",
        show_my_wallet,
        verb="my_wallet",
        kind=Wallet,
        out=WalletOut,
        roles=frozenset({Role.STUDENT}),
        addition=True,
        **OF_WALLETS,
    ),
    madrasti.retrieve(f"{WALLETS}{{id}}/", WalletOut, roles=READERS, **OF_WALLETS),
    madrasti.update(
        f"{WALLETS}{{id}}/",
        Wallet,
        make_partial(WalletIn),
        WalletOut,
        method="PATCH",
        action="adjust",
        roles=OFFICE,
        permission="can_manage_rewards",
        **OF_WALLETS,
    ),
    madrasti.list(
        TRANSACTIONS,
        TransactionOut,
        order=("-created_at", "-id"),
        search=("description",),
        orderings=("id", "created_at", "points", "coins"),
        filters=(id_filter("student", "wallet__student__user_id"), id_filter("student_id", "wallet__student__user_id")),
        roles=READERS,
        **OF_TRANSACTIONS,
    ),
    madrasti.create(
        TRANSACTIONS,
        RewardEntry,
        TransactionIn,
        TransactionOut,
        use_case=add_transaction,
        roles=OFFICE,
        permission="can_manage_rewards",
        **OF_TRANSACTIONS,
    ),
]
