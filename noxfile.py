"""What people do with this repository, each in an environment of its own: `nox -s serve`, `nox -s tests` and so on."""

from __future__ import annotations

import nox

PROJECT = nox.project.load_toml("pyproject.toml")

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
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", env={"PYTHONPATH": "src"})


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    session.install(".[web]", *group("types"))
    session.run("mypy", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages and other golden files anew, or compare them with `nox -s docs -- --check`."""
    session.install(".[web]", *group("test"))
    write = [] if "--check" in session.posargs else ["--update-golden"]
    session.run("pytest", "-m", "golden", *write)


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
