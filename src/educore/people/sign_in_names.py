"""The accounts that a person may mean by what they type to sign in: a user name, an e-mail address or a phone number.

A user name is one account's; an e-mail and a phone may be those of several, such as brothers and sisters. As many
passwords are compared as the form of the text allows accounts, whether there are that many or none, so that the time
of a sign-in does not tell who is known. Tested in `tests/domain/test_shared_contacts.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from educore.identity.entities import User
from educore.kernel.conditions import Where, everything, where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.values import complete_phone, is_phone_like

MAX_ACCOUNTS = 5
"""The number of accounts with one e-mail or phone that a password is compared with: those opened first."""

ANY, USERNAME, EMAIL, PHONE = "name", "username", "email", "phone"
KINDS_OF_NAMES = (ANY, USERNAME, EMAIL, PHONE)


@dataclass(frozen=True)
class NamedAccounts:
    """The accounts that a text names, and the number of passwords to compare for a text of this form.

    `key` is the same for all spellings of one name.
    """

    text: str
    key: str
    users: tuple[User, ...]
    comparisons: int

    def choose(self, ids: Collection[int]) -> list[User]:
        """Return the account whose user name is the text, if its id is among the ids; otherwise all with these ids."""
        fitting = [user for user in self.users if user.id in ids]
        return [user for user in fitting if user.username == self.text] or fitting


def find_named_accounts(uow: UnitOfWork, text: str, *, kind: str = ANY, among: Where = everything) -> NamedAccounts:
    """Return the accounts that a text names; by e-mail or phone only those with a membership `among` the addressed."""
    text = text.lower()
    phones = _read_phones(uow, text) if kind in (ANY, PHONE) else []
    shared = where(phone__in=phones) if phones else None
    if kind == EMAIL or kind == ANY and "@" in text:
        shared = where(email=text) if shared is None else shared | where(email=text)
    own = where(username=text) if kind in (ANY, USERNAME) else None
    is_shared = shared is not None or kind == ANY and is_phone_like(text) or kind in (EMAIL, PHONE)
    if shared is not None and among != everything:
        shared &= where(Membership__has=among)
    return NamedAccounts(text, phones[0] if phones else text, _find(uow, own, shared), MAX_ACCOUNTS if is_shared else 1)


def _find(uow: UnitOfWork, own: Where | None, shared: Where | None) -> tuple[User, ...]:
    """Return the oldest accounts, among them the one with the user name: nobody who comes later takes a place."""
    platform = uow.as_platform()  # nobody has signed in yet, so nobody may look at memberships
    either = own if shared is None else shared if own is None else own | shared
    if either is None:
        return ()
    users = platform.find(User, either, order=("id",), limit=MAX_ACCOUNTS)
    if own is not None and len(users) == MAX_ACCOUNTS and not any(own.holds(user) for user in users):
        users = [*platform.find(User, own, limit=1), *users][:MAX_ACCOUNTS]
    return tuple(users)


def _read_phones(uow: UnitOfWork, text: str) -> list[str]:
    """Return the numbers that a text may mean: as it is dialled in the country of the settings or of any Center."""
    if not is_phone_like(text):
        return []
    countries = [uow.ports.region.country]
    if not text.strip().startswith("+"):  # as the platform: the Center is known only after the sign-in
        countries += sorted(uow.as_platform().count_by(Center, "country"))
    found = (complete_phone(text, country=country) for country in dict.fromkeys(countries))
    return list(dict.fromkeys(filter(None, found)))
