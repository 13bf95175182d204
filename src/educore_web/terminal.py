"""What goes to a terminal: text in which nothing steers the terminal or pretends to be another line."""

from __future__ import annotations

import click


def echo(text: str, *, err: bool = False) -> None:
    """Print lines of our own; what somebody typed into the data goes through `visible` first."""
    click.echo(visible(text, lines=True), err=err)


def visible(text: str, *, lines: bool = False) -> str:
    """The text with every sign that cannot be seen written out as its number; line breaks too, unless `lines`."""
    return "".join(c if c.isprintable() or lines and c == "\n" else ascii(c)[1:-1] for c in text)
