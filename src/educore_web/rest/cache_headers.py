"""The four classes of answers, by the time for which clients and proxies may keep them, and their headers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Cache(Enum):
    """The class of the answers of an operation: it says who may keep them, and how long.

    * `PRIVATE`: nobody, because they hold personal data.
    * `STRUCTURE`: everybody for an hour. They are the same for all readers of a Center and hold no personal data. A
      client that has one asks with its tag whether it still holds.
    * `DYNAMIC`: a client, if it asks each time whether the answer still holds.
    * `LIVE`: nobody; they change from minute to minute.
    """

    PRIVATE = "private"
    STRUCTURE = "structure"
    DYNAMIC = "dynamic"
    LIVE = "live"

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of a successful answer."""
        return HEADERS[self]


HEADERS: Mapping[Cache, Mapping[str, str]] = {
    Cache.PRIVATE: {},  # every answer has no-store, unless it says something else
    Cache.STRUCTURE: {"cache-control": "public, max-age=3600", "vary": "Authorization, Accept-Language"},
    Cache.DYNAMIC: {"cache-control": "no-cache, must-revalidate", "pragma": "no-cache"},
    Cache.LIVE: {"cache-control": "no-store, no-cache, must-revalidate", "pragma": "no-cache"},
}
