"""Requests for a new password: a link goes to the e-mail address of the account.

The request stores one job, whether there is such an account or not, and the worker looks for it. So the answer and its
time tell nobody who is known. An address can belong to several accounts, such as brothers and sisters: each gets a link
of its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from urllib.parse import urlencode

from educore.identity.entities import CodePurpose, User
from educore.identity.one_time_codes import issue_link
from educore.identity.passwords import PasswordTry, count_tries, normalize_host
from educore.kernel.application import Educore
from educore.kernel.conditions import where
from educore.kernel.policy import PLATFORM, Role
from educore.kernel.ports import NO_SENDER
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.deliveries import queue_deliveries
from educore.messaging.entities import Channel, Job
from educore.messaging.message_templates import render_message
from educore.messaging.outbox import new_job
from educore.organization.entities import CenterKind
from educore.people.sign_in_names import MAX_ACCOUNTS

JOB = "send_password_resets"


def ask_password_reset(
    school: Educore,
    *,
    email: str,
    host: str = "",
    roles: Collection[Role] | None = None,
    center_kind: CenterKind | None = None,
) -> None:
    """Have a link to choose a new password mailed to the accounts with an address that the caller speaks to.

    These are the accounts with one of `roles`, in a Center of `center_kind`; all if neither is given.
    Raises: TooManyAttempts (retry_after, seconds), the same for unknown addresses.
    """
    email = email.strip().lower()
    count_tries(school, [PasswordTry.of_unknown(f"{JOB}:{email}", host=host)])
    payload = {
        "email": email,
        "host": normalize_host(host),
        "roles": None if roles is None else sorted(roles),
        "center_kind": center_kind,
    }
    with school.work(PLATFORM) as uow:  # nobody has signed in, and only the platform writes jobs
        uow.add(Job, new_job(uow, JOB, payload))


def send_password_resets(uow: UnitOfWork, job: Job) -> None:
    """Mail a link to each account with the address, in its owner's language; without a mail server, do nothing."""
    payload = json.loads(job.payload)
    if uow.ports.mail is NO_SENDER:
        return
    membership = where(is_blocked=False)
    if payload["roles"] is not None:
        membership &= where(role__in=[Role(role) for role in payload["roles"]])
    if payload["center_kind"] is not None:
        membership &= where(center__kind=CenterKind(payload["center_kind"]))
    accounts = where(email=payload["email"], Membership__has=membership)
    for user in uow.find(User, accounts, order=("id",), limit=MAX_ACCOUNTS):
        secret = issue_link(uow, user, purpose=CodePurpose.RESET_PASSWORD, host=payload["host"])
        link = f"{uow.ports.reset_url}?{urlencode({'token': secret})}"
        language = user.language or uow.ports.language
        title, text = render_message("password_reset", language, username=user.username, link=link)
        queue_deliveries(uow, None, Channel.EMAIL, [(payload["email"], text)], subject=title, is_secret=True)
