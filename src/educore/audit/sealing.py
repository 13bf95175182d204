"""What is sealed of an entry and of the end of a chain, and how."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import UTC

from educore.audit.entities import AuditEntry
from educore.ports import Seal

SEALED_AT_FIRST = (
    "center_id", "chain", "number", "at", "actor_id", "actor_name", "actor_role", "kind", "row_id", "action",
    "before", "after",
)  # fmt: skip
"""What was sealed before there was a key."""

SEALED = (*SEALED_AT_FIRST, "row_name", "names")
ADOPTED = "adopted "
"""Stands before the digest of the entry before where the end of the chain bore no seal of the present key.

The first entry under a new key has it. Anywhere else it shows that somebody had set the end of the chain back.
"""


def sign_entry(seal: Seal, entry: AuditEntry, previous: str) -> str:
    """The digest of an entry and of all before it, of whom `previous` is the last one's."""
    return seal.sign(_spelled(["entry", previous, *_told(entry, SEALED)]))


def sign_end(seal: Seal, *, chain: int, number: int, digest: str) -> str:
    """The seal of the end of a chain."""
    return seal.sign(_spelled(["end", chain, number, digest]))


def digest_without_key(entry: AuditEntry, previous: str) -> str:
    """The digest that entries had before there was a key."""
    return hashlib.sha256(_spelled([previous, *_told(entry, SEALED_AT_FIRST)])).hexdigest()


def _told(entry: AuditEntry, names: Collection[str]) -> list[object]:
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return [at if name == "at" else getattr(entry, name) for name in names]


def _spelled(facts: list[object]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()
