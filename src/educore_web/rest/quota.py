"""The windows in which a request counts, where an API limits their number."""

from __future__ import annotations

from enum import Enum


class Quota(Enum):
    """The window in which a request counts: `UPLOAD` and `BULK` have windows of their own beside the general one.

    `SIGN_IN` counts for the address together with the name that is sent, because a whole school may share one address.
    `NONE` is for what clients call on their own.
    """

    GENERAL = "general"
    UPLOAD = "upload"
    BULK = "bulk"
    SIGN_IN = "sign-in"
    NONE = "none"
