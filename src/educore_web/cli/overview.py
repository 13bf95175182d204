"""`educore permissions` and `educore routes`: who may do what, and which operations there are."""

from __future__ import annotations

import click

from educore import EDUCATION
from educore_web.app import routes
from educore_web.cli.terminal import echo, format_columns
from educore_web.reports.permissions import PermissionMatrix, to_markdown, to_text


@click.command()
@click.option("--markdown", is_flag=True, help="Print it as the page docs/permissions.md.")
def permissions(markdown: bool) -> None:
    """Print which role may do what, on which rows."""
    matrix = PermissionMatrix(EDUCATION)
    echo((to_markdown(matrix) if markdown else to_text(matrix)).rstrip())


@click.command("routes")
def print_routes() -> None:
    """Print every operation of every API, and the roles that may call it."""
    rows = [(route.api, route.method, route.path, route.name, " ".join(route.roles)) for route in routes()]
    echo(format_columns(rows))
