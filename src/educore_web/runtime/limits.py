"""Limits of one request, its size and its duration, above which it is refused."""

from __future__ import annotations

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE

MOST_HEADER_BYTES = 64 * KILOBYTE
"""Largest size of the request line and all header fields together, in bytes."""
MOST_HEADERS = 100
MOST_COOKIES = 180
"""Cookies of a request: as many as browsers keep for a site. Backslashes count: Python unquotes in quadratic time."""
MOST_PARAMETERS = 300
"""Parameters of a query string; parsing more would take long."""
MOST_AHEAD = 50
"""Requests that a client may send before the first of them is answered."""

UNKNOWN_BODY = 64 * KILOBYTE
"""Largest body of a sender who has not signed in, in bytes: enough for each form open to them."""
SIGN_IN_BODY = UNKNOWN_BODY
"""Largest body of the admin's sign-in page, in bytes: a name, a password, and the form carried through the sign-in."""
KNOWN_BODY = MEGABYTE
"""Largest body of a signed-in sender, in bytes, unless the operation takes files."""

UNKNOWN_FIELDS = 300
KNOWN_FIELDS = 1_000
MOST_FORM_DEPTH = 10
"""Largest depth to which the names of a form may nest: `user.address.street` is three deep."""

PARSED_AT_ONCE = 8 * KILOBYTE
"""Bytes of a body parsed on the event loop; a longer one is parsed in a thread, so that others need not wait."""

HEAD_SECONDS = 20
"""Seconds within which a connection must send a whole request line and its header fields."""
BODY_SECONDS = 20
"""Seconds within which a body must arrive, plus one for every SLOWEST_BODY bytes of it that did."""
SLOWEST_BODY = 500
STALL_SECONDS = 60
"""Seconds after which a connection is closed if the client has taken nothing of its answer."""
SOCKET_STALL_SECONDS = 10
"""Seconds after which a socket ends whose client takes nothing of what is sent."""
LARGEST_FRAME = 128 * KILOBYTE
"""Largest frame of a socket in bytes."""
FRAMES_AHEAD = 16
"""Frames of a client that may wait to be read."""
