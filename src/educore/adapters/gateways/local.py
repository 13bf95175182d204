"""A gateway that moves no money, for demonstrations and tests. Its intents are rows of a SQLite file of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

from educore.adapters.gateways.provider_calls import find_header, find_text, read_callback
from educore.adapters.private_files import create_empty_file
from educore.kernel.errors import Unauthenticated
from educore.kernel.payment_gateways import (
    GatewayFailed,
    IntentState,
    OpenedIntent,
    SeenIntent,
    check_key,
    from_minor,
    has_minor_units,
    to_minor,
)

LOCAL_SIGNATURE_HEADER = "X-Educore-Signature"
LOCAL_TABLES = (
    "CREATE TABLE IF NOT EXISTS intent (ref TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, client_secret TEXT NOT NULL,"
    " amount INTEGER NOT NULL, currency TEXT NOT NULL, about TEXT NOT NULL, state TEXT NOT NULL, charge TEXT UNIQUE)",
    "CREATE TABLE IF NOT EXISTS refund (ref TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, charge TEXT NOT NULL,"
    " amount INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS signing_key (id INTEGER PRIMARY KEY CHECK (id = 1), secret TEXT NOT NULL)",
)
"""The tables of the file; amounts are whole numbers of smallest units."""


class LocalGateway:
    """Keeps intents in the file at `path`, which is made when it is first needed and which only its owner can read.

    Any number of processes and threads may use the file: each call is one transaction over a connection of its own,
    which waits for the others for `timeout` seconds. `pay`, `decline` and `cancel` do what the payer would do.
    """

    def __init__(self, path: Path, *, timeout: float = 20) -> None:
        self._path, self._timeout = path, timeout

    def takes(self, currency: str) -> bool:
        """Return whether the other gateways can take the currency too."""
        return has_minor_units(currency)

    def open(self, *, amount: Decimal, currency: str, key: str, about: str) -> OpenedIntent:
        """Store an intent, or return the one with this key. Raises: GatewayFailed, Invalid."""
        check_key(key)
        ref, count = f"local_{secrets.token_hex(8)}", to_minor(amount, currency)
        row = (ref, key, f"{ref}_secret_{secrets.token_hex(16)}", count, currency, about, IntentState.OPEN.value)
        with self._transaction() as database:
            database.execute(
                "INSERT INTO intent (ref, key, client_secret, amount, currency, about, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                row,
            )
            statement = "SELECT ref, client_secret, amount, currency FROM intent WHERE key = ?"
            ref, client_secret, *amounts = database.execute(statement, (key,)).fetchone()
        if amounts != [count, currency]:
            raise GatewayFailed("there is another intent with this key", for_good=True)
        return OpenedIntent(ref, client_secret)

    def look(self, ref: str) -> SeenIntent:
        """Return the intent. Raises: GatewayFailed."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT state, amount, currency, charge, client_secret FROM intent WHERE ref = ?", (ref,)
            ).fetchone()
        if row is None:
            raise GatewayFailed("there is no such intent", for_good=True)
        state, amount, currency, charge, client_secret = row
        received = from_minor(amount, currency) if state == IntentState.PAID else Decimal(0)
        return SeenIntent(IntentState(state), received, charge, client_secret)

    def refund(self, *, charge: str, amount: Decimal, currency: str, key: str) -> str:
        """Store a refund, or return the one with this key. Raises: GatewayFailed, Invalid."""
        check_key(key)
        count = to_minor(amount, currency)
        with self._transaction() as database:
            statement = "SELECT ref, charge, amount FROM refund WHERE key = ?"
            if found := database.execute(statement, (key,)).fetchone():
                if found[1:] != (charge, count):
                    raise GatewayFailed("there is another refund with this key", for_good=True)
                return str(found[0])
            if count > _refundable(database, charge, currency):
                raise GatewayFailed("less than this is left of the payment", for_good=True)
            ref = f"refund_{secrets.token_hex(8)}"
            database.execute("INSERT INTO refund VALUES (?, ?, ?, ?)", (ref, key, charge, count))
            return ref

    def heard(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """Return the ref in a callback that `callback` made. Raises: Unauthenticated("signature"), GatewayFailed."""
        content = read_callback(body)
        given = find_header(headers, LOCAL_SIGNATURE_HEADER)
        if not hmac.compare_digest(self._sign(body).encode(), given.encode(errors="replace")):
            raise Unauthenticated("signature")
        return find_text(content, "intent")

    # -- what the payer does -------------------------------------------------------------------------------

    def pay(self, ref: str) -> None:
        """Pay an intent that is open or was declined; a paid one stays as it is. Raises: GatewayFailed, for good."""
        self._move(ref, IntentState.PAID, allowed=(IntentState.OPEN, IntentState.FAILED))

    def decline(self, ref: str) -> None:
        """Decline an attempt to pay. Raises: GatewayFailed, for good, if the intent is paid or cancelled."""
        self._move(ref, IntentState.FAILED, allowed=(IntentState.OPEN,))

    def cancel(self, ref: str) -> None:
        """Cancel an intent, so that nobody can pay it. Raises: GatewayFailed, for good, if it is paid."""
        self._move(ref, IntentState.CANCELLED, allowed=(IntentState.OPEN, IntentState.FAILED))

    def callback(self, ref: str) -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers of a signed callback about an intent. Raises: GatewayFailed."""
        body = json.dumps({"intent": ref}).encode()
        return body, {LOCAL_SIGNATURE_HEADER: self._sign(body)}

    def _move(self, ref: str, state: IntentState, *, allowed: tuple[IntentState, ...]) -> None:
        """Bring an intent to a state. Nothing happens if it is there already."""
        charge = f"charge_{secrets.token_hex(8)}" if state is IntentState.PAID else None
        with self._transaction() as database:
            row = database.execute("SELECT state FROM intent WHERE ref = ?", (ref,)).fetchone()
            if row == (state,):
                return
            if row is None or row[0] not in allowed:
                raise GatewayFailed(f"this intent cannot become {state}", for_good=True)
            database.execute("UPDATE intent SET state = ?, charge = ? WHERE ref = ?", (state.value, charge, ref))

    # -- the file ------------------------------------------------------------------------------------------

    def _sign(self, body: bytes) -> str:
        with self._transaction() as database:
            ((secret,),) = database.execute("SELECT secret FROM signing_key")
        return hmac.digest(secret.encode(), body, hashlib.sha256).hex()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, and commit it unless it fails. Raises: GatewayFailed.

        It writes from its first statement, so that whatever it reads stays true until its end.
        """
        try:
            create_empty_file(self._path)
            with closing(sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                with database:  # commits, or rolls back if the block fails
                    for statement in LOCAL_TABLES:
                        database.execute(statement)
                    database.execute("INSERT OR IGNORE INTO signing_key VALUES (1, ?)", (secrets.token_hex(32),))
                    yield database
        except (sqlite3.Error, OSError) as error:
            reason = f"the file of the local gateway cannot be used: {type(error).__name__}"
            raise GatewayFailed(reason, for_good=False) from None


def _refundable(database: sqlite3.Connection, charge: str, currency: str) -> int:
    """Return how much is left of a payment, in smallest units; 0 if there is none in this currency."""
    statement = "SELECT amount FROM intent WHERE charge = ? AND currency = ?"
    paid = database.execute(statement, (charge, currency)).fetchone() or (0,)
    (refunded,) = database.execute("SELECT COALESCE(SUM(amount), 0) FROM refund WHERE charge = ?", (charge,)).fetchone()
    return int(paid[0]) - int(refunded)
