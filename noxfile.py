"""What people do with this repository, each in an environment of its own: `nox -s serve`, `nox -s tests` and so on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
TYPED = 0.95
"""The least share of public names of the library whose types are known to every type checker."""

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def serve(session: nox.Session) -> None:
    """Serve the platform with made-up data: `nox -s serve -- --port 9000`."""
    session.install(".[web]")
    session.run("educore", "serve", "--demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests: `nox -s tests -- tests/domain -k seats`. PostgreSQL comes with them; nothing need be running."""
    session.install(".[web]", *group("test"))
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, form, and who imports whom."""
    session.install("--no-compile", *group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", env={"PYTHONPATH": "src"})


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly, and how much of the public interface of the library is typed."""
    session.install("--no-compile", ".[web,redis]", *group("types"))  # read, but not run
    session.run("mypy", *session.posargs)
    ask = ("pyright", "--verifytypes", "educore", "--ignoreexternal", "--outputjson")
    score = json.loads(str(session.run(*ask, silent=True, success_codes=[0, 1])))["typeCompleteness"][
        "completenessScore"
    ]
    session.log(f"typed: {score:.1%} of the public names")
    if score < TYPED:
        session.error(f"at least {TYPED:.0%} must be typed; see `pyright --verifytypes educore --ignoreexternal`")


@nox.session
def lock(session: nox.Session) -> None:
    """Write requirements-server.txt: what still fits stays, unless `nox -s lock -- --upgrade` asks for the newest."""
    session.install(*group("lock"))
    build = Path(session.create_tmp()) / "build.txt"
    build.write_text("\n".join(PROJECT["build-system"]["requires"]))
    session.run(
        *("uv", "pip", "compile", "pyproject.toml", str(build), "--extra", "web", "--extra", "s3"),
        *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--quiet"),
        *("--custom-compile-command", "nox -s lock", "--output-file", "requirements-server.txt", *session.posargs),
    )


@nox.session
def audit(session: nox.Session) -> None:
    """Ask the package index whether a known hole is in what the server installs; skipped where it tells of none."""
    session.install("--no-compile", *group("audit"))
    ask = ("pip-audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--timeout=10", "--requirement")
    control = Path(session.create_tmp()) / "control.txt"
    control.write_text("jinja2==3.1.2\n")
    found = session.run(*ask, str(control), silent=True, success_codes=[0, 1])
    if not re.search(r"jinja2 .*(CVE|GHSA|PYSEC)-", str(found)):
        session.skip("the package index tells of no known holes, not even of those in jinja2 3.1.2")
    session.run(*ask, "requirements-server.txt")


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages and other golden files anew, or compare them with `nox -s docs -- --check`."""
    session.install(".[web]", *group("test"))
    write = [] if "--check" in session.posargs else ["--update-golden"]
    session.run("pytest", "-m", "golden", *write)


@nox.session
def translations(session: nox.Session) -> None:
    """Update and compile the translation catalogues; name a language to add it: `nox -s translations -- kk`."""
    session.install(".[web]")
    session.run("python", "-m", "educore_web.i18n.update", *session.posargs, env={"PYTHONPATH": "src"})


@nox.session
def bench(session: nox.Session) -> None:
    """Measure side by side with others, and write docs/performance.md: `nox -s bench -- --quick`."""
    session.install(".[web]", *group("bench"))
    session.run("python", "-m", "benchmarks", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def pictures(session: nox.Session) -> None:
    """Take the screenshots of the guides anew; needs Chromium on the machine."""
    session.install(".[web]", "playwright", "pillow")
    session.run("python", "docs/make_pictures.py")


def group(name: str) -> tuple[str, ...]:
    """The packages of a dependency group of pyproject.toml."""
    return nox.project.dependency_groups(PROJECT, name)
