"""The deletion of files that clients have uploaded and never attached to a row."""

from __future__ import annotations

from datetime import timedelta

from educore import Educore, StoredFile, where
from educore.adapters.local_uploads import SENT_FILES
from educore.kernel import PLATFORM, is_marked
from educore.kernel.uploads import ATTACH_WITHIN, time_of_signature

INTERVAL = timedelta(hours=6)
LONGEST_REQUEST = timedelta(hours=1)
"""A file is deleted only when every request that may still attach it has ended."""

KEYS_AT_ONCE = 500
"""The number of keys that one statement looks for."""


def delete_unused_uploads(school: Educore) -> int:
    """Delete the uploaded files that no row names and that can no longer be attached; return their number.

    Files that clients sent to another storage are not found here. Raises: Unavailable.
    """
    limit = school.ports.clock.now() - ATTACH_WITHIN - LONGEST_REQUEST
    signed = ((key, time_of_signature(key)) for key in school.ports.files.keys(SENT_FILES))
    old = [key for key, signed_at in signed if signed_at is not None and signed_at < limit]
    deleted = 0
    for start in range(0, len(old), KEYS_AT_ONCE):
        keys = old[start : start + KEYS_AT_ONCE]
        for key in set(keys) - _keys_in_use(school, keys):
            school.ports.files.delete(key)
            deleted += 1
    return deleted


def _keys_in_use(school: Educore, keys: list[str]) -> set[str]:
    """Return those of the keys that a row names, in any field for a file."""
    used: set[str] = set()
    with school.work(PLATFORM, read_only=True) as uow:
        for kind in school.domain.kinds.values():
            for field in (name for name in kind.model_fields if is_marked(kind, name, StoredFile)):
                used |= {getattr(row, field) for row in uow.find(kind, where(**{f"{field}__in": keys}))}
    return used
