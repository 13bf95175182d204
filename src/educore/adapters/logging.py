"""Senders of mail and SMS that only write to the log."""

from __future__ import annotations

import logging

log = logging.getLogger("educore")


class LogMail:
    """Sends no letter and notes in the log that it did not; what the letter says stays out of the log."""

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Note who would have got a letter, and about what."""
        log.warning("No mail server is set up; not sent to %r: %r", to, subject)


class LogSms:
    """Sends no text and notes in the log that it did not; neither the whole number nor the text is seen there."""

    def send(self, *, to: str, text: str, key: str) -> None:
        """Note that somebody would have got a text, and how long a one."""
        log.warning("No SMS gateway is set up; not sent to %r: %d characters", _masked(to), len(text))


def _masked(phone: str) -> str:
    """A number somebody who knows it will recognise: `+998*******67`."""
    first, last = (phone[:4], phone[-2:]) if len(phone) > len("+998") + 4 else ("", "")
    return first + "*" * (len(phone) - len(first + last)) + last
