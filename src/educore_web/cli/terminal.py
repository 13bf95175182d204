"""Output to a terminal in which no text can control the terminal or imitate another line."""

from __future__ import annotations

from collections.abc import Sequence

import click


def echo(text: str, *, err: bool = False) -> None:
    """Print lines of the program itself. Pass text that users typed through `escape` first."""
    click.echo(escape(text, lines=True), err=err)


def escape(text: str, *, lines: bool = False) -> str:
    """Return the text with unprintable characters as escape sequences; line breaks too, unless `lines` is true."""
    return "".join(c if c.isprintable() or lines and c == "\n" else ascii(c)[1:-1] for c in text)


def format_columns(rows: Sequence[Sequence[str]]) -> str:
    """Return a line for each row, with every column as wide as its longest text."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in rows)
