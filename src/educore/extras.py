"""The optional parts of the installation, such as `educore[sql]`, and the error for a part that is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec


class MissingExtra(ImportError):
    """A package is not installed that comes with an extra of educore; the message names both."""


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Name the extra if a package is missing that the `with` block imports. Raises: MissingExtra."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package.startswith("educore"):  # a mistake of ours, which no installation mends
            raise
        raise MissingExtra(
            f'{package} is not installed. Install educore[{extra}]: pip install "educore[{extra}]"', name=package
        ) from error


def require_packages(extra: str, *packages: str) -> None:
    """Check that the packages of an extra are installed, without importing them. Raises: MissingExtra."""
    with needs_extra(extra):
        for package in packages:
            if find_spec(package) is None:
                raise ModuleNotFoundError(name=package)
