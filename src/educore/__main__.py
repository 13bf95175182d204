"""The command `educore`, also as `python -m educore`. Its commands come with `educore[web]`."""

from __future__ import annotations

import sys
from importlib import import_module

from educore.extras import MissingExtra


def main() -> None:
    """Run the command line of the platform; without `educore[web]`, exit with a line that says what to install."""
    try:
        commands = import_module("educore_web.cli")  # by name, because the library does not depend on the platform
    except MissingExtra as error:
        sys.exit(f"educore: {error}")
    commands.main(prog_name="educore")


if __name__ == "__main__":
    main()
