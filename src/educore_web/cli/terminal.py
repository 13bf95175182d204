"""Output to a terminal in which no text can control the terminal or imitate another line."""

from __future__ import annotations

import click


def echo(text: str, *, err: bool = False) -> None:
    """Print our own lines; pass data that users typed through `visible` first."""
    click.echo(visible(text, lines=True), err=err)


def visible(text: str, *, lines: bool = False) -> str:
    """Return the text with unprintable characters as escape sequences; line breaks too, unless `lines` is true."""
    return "".join(c if c.isprintable() or lines and c == "\n" else ascii(c)[1:-1] for c in text)
