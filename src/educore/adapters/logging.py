"""Senders of mail and SMS that only write to the log."""

from __future__ import annotations

import logging

log: logging.Logger = logging.getLogger("educore")

SHORTEST_MASKED = 8
"""A number with no more characters is hidden as a whole."""


class LogMail:
    """Logs that a message was not sent; its text stays out of the log."""

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Log the recipient and the subject."""
        log.warning("No mail server is set up; not sent to %r: %r", to, subject)


class LogSms:
    """Logs that a text was not sent; neither the whole number nor the text is logged."""

    def send(self, *, to: str, text: str, key: str) -> None:
        """Log the masked number and the length of the text."""
        log.warning("No SMS gateway is set up; not sent to %r: %d characters", _masked(to), len(text))


def _masked(phone: str) -> str:
    """Return the number with its middle hidden: plus and three digits are shown, and the last two."""
    first, last = (phone[:4], phone[-2:]) if len(phone) > SHORTEST_MASKED else ("", "")
    return first + "*" * (len(phone) - len(first + last)) + last
