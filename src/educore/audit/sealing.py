"""Digests of audit entries and seals of the heads of their chains: the fields that they cover, and their format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import UTC

from educore.audit.entities import AuditEntry
from educore.kernel.ports import Seal

FIELDS_BEFORE_KEY = (
    "center_id", "chain", "number", "at", "actor_id", "actor_name", "actor_role", "kind", "row_id", "action",
    "before", "after",
)  # fmt: skip
"""Fields that the digest of an entry covered before there was a key."""

SEALED_FIELDS = (*FIELDS_BEFORE_KEY, "row_name", "names")
ADOPTED = "adopted "
"""Prefix of the previous digest in an entry that continues a chain whose end had no seal of the present key.

The first entry under a new key has it. Anywhere else it shows that the end of the chain was set back.
"""


def sign_entry(seal: Seal, entry: AuditEntry, previous: str) -> str:
    """Return the digest that seals an entry and all entries before it.

    `previous` is the digest of the entry before this one, after the prefix `ADOPTED` where that applies.
    """
    return seal.sign(_encode(["entry", previous, *_field_values(entry, SEALED_FIELDS)]))


def sign_end(seal: Seal, *, chain: int, number: int, digest: str) -> str:
    """Return the seal of the end of a chain."""
    return seal.sign(_encode(["end", chain, number, digest]))


def digest_without_key(entry: AuditEntry, previous: str) -> str:
    """Return the digest that entries had before there was a key (SHA-256)."""
    return hashlib.sha256(_encode([previous, *_field_values(entry, FIELDS_BEFORE_KEY)])).hexdigest()


def _field_values(entry: AuditEntry, names: Collection[str]) -> list[object]:
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return [at if name == "at" else getattr(entry, name) for name in names]


def _encode(facts: list[object]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()
