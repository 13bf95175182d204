"""How much of anything one request may bring, and how long it may take, before it is refused."""

from __future__ import annotations

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE

MOST_HEADER_BYTES = 64 * KILOBYTE
"""Of the request line and all header fields together."""
MOST_HEADERS = 100
MOST_COOKIES = 180
"""As many as a browser keeps of one site; backslashes count too, since Python takes quadratic time to unquote them."""
MOST_PARAMETERS = 300
"""Of a query: more would take long to take apart."""
MOST_AHEAD = 50
"""Requests that a client may send before the first of them is answered."""

UNKNOWN_BODY = 64 * KILOBYTE
"""What is read of somebody who has not signed in: enough for any form of theirs."""
SIGN_IN_BODY = UNKNOWN_BODY
"""What the sign-in page of the admin reads: a name, a password, and what its sender wrote while a sign-in ended."""
KNOWN_BODY = MEGABYTE
"""What is read of somebody known, unless the operation takes files."""

UNKNOWN_FIELDS = 300
KNOWN_FIELDS = 1_000
MOST_FORM_DEPTH = 10
"""How deeply the names of a form may nest: `user.address.street` is three deep."""

PARSED_AT_ONCE = 8 * KILOBYTE
"""Longer bodies are parsed in a thread, so that nobody else waits for it."""

LANGUAGES_READ = 500
"""As many characters of Accept-Language are looked at; browsers send fewer than a hundred."""

HEAD_SECONDS = 20
"""In which a connection has to send a whole request line and its header fields."""
BODY_SECONDS = 20
"""In which a body has to come, and a second more for every SLOWEST_BODY bytes of it that did."""
SLOWEST_BODY = 500
STALL_SECONDS = 60
"""After which a client is hung up on that has taken nothing of its answer."""
