"""The command line: serve the platform, load demo data, maintain the database, print what the platform can do."""

from __future__ import annotations

import click

from educore_web.cli import accounts, audit, database, demo, imports, overview, serve
from educore_web.cli.errors import ErrorReportingGroup


@click.group(
    cls=ErrorReportingGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="educore")
def main() -> None:
    """educore: education centers, their people and groups, with documented APIs and an admin.

    Settings come from environment variables, such as EDUCORE_DATABASE. An option overrides its variable.
    """


main.add_command(serve.serve)
main.add_command(serve.worker)
main.add_command(demo.demo)
main.add_command(accounts.create_superadmin)
main.add_command(overview.permissions)
main.add_command(overview.print_routes)
main.add_command(audit.audit)
main.add_command(database.db)
main.add_command(imports.imports)
