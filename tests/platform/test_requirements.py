"""What a server installs: each package pinned with its hashes, at or above the floors of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements-server.txt").read_text(encoding="utf-8")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
MACHINES = [
    {"sys_platform": platform, "implementation_name": "cpython", "python_version": python, "extra": ""}
    for platform in ("linux", "darwin")
    for python in ("3.11", "3.12", "3.13", "3.14")
]


def declared(*extras: str) -> Iterator[Requirement]:
    """What the server is installed for, without our own name for it."""
    found = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        found += PROJECT["project"]["optional-dependencies"][extra]
    yield from (each for each in map(Requirement, found) if each.name != "educore")


def blocks() -> list[str]:
    """A pinned package and its hashes each."""
    lines = "\n".join(line for line in LOCK.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [line for line in lines.splitlines() if line.strip()]


PINNED = {
    canonicalize_name(pin.name): pin for pin in (Requirement(block.partition(" --hash")[0]) for block in blocks())
}
SERVER = list(declared("sql", "web", "xlsx", "s3"))


@pytest.mark.parametrize("requirement", SERVER, ids=lambda requirement: requirement.name)
def test_what_is_declared_is_pinned_above_its_floor(requirement: Requirement) -> None:
    pin = PINNED[canonicalize_name(requirement.name)]
    (exact,) = pin.specifier
    assert exact.operator == "=="
    assert requirement.specifier.contains(exact.version), f"{pin} is not {requirement}"


@pytest.mark.parametrize("requirement", SERVER, ids=lambda requirement: requirement.name)
def test_what_is_declared_is_installed_on_every_machine_it_is_for(requirement: Requirement) -> None:
    pin = PINNED[canonicalize_name(requirement.name)]
    for machine in MACHINES:
        wanted = requirement.marker is None or requirement.marker.evaluate(machine)
        assert not wanted or pin.marker is None or pin.marker.evaluate(machine), machine


@pytest.mark.parametrize("requirement", SERVER, ids=lambda requirement: requirement.name)
def test_what_is_declared_has_a_floor(requirement: Requirement) -> None:
    assert any(each.operator in (">=", "==") for each in requirement.specifier), requirement


def test_every_package_has_its_hashes_and_nothing_comes_from_elsewhere() -> None:
    assert len(PINNED) == len(blocks()) > 40
    assert [block.split()[0] for block in blocks() if not HASH.search(block)] == []
    assert "://" not in LOCK


def test_what_builds_the_package_is_pinned_too() -> None:
    for requirement in map(Requirement, PROJECT["build-system"]["requires"]):
        assert canonicalize_name(requirement.name) in PINNED
