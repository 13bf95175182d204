"""The report of a measurement: results.json, the tables of docs/performance.md and its charts."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import chart
from benchmarks.operations import OPERATIONS
from benchmarks.servers import DRF, LIMIT, OURS

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parent / "docs" / "performance.md"
NAMES = {contender.name: contender.words for contender in (OURS, DRF, LIMIT)}
WORDS = {operation.name: operation.words for operation in OPERATIONS}
WORDS["create_same_hash"] = "a new student, all programs with Argon2"
PACKAGES = (
    "educore", "pydantic", "sqlalchemy", "psycopg", "litestar", "uvicorn", "msgspec", "django", "djangorestframework",
    "gunicorn", "asyncpg", "orjson",
)  # fmt: skip
DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def machine(postgres: str) -> dict[str, Any]:
    """Return the date, the machine, the versions, and the load of the machine before the run."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": postgres,
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in PACKAGES},
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def keep(results: Mapping[str, Any], file: Path) -> None:
    """Write the results; operations that were not measured this time keep their earlier results."""
    before = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**before, **results}, indent=2) + "\n")


def write_page(results: Mapping[str, Any]) -> None:
    """Replace the text between the markers of the page, and draw the charts."""
    text = PAGE.read_text()
    for name, lines in _parts(results):
        marked = f"<!-- {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(marked[0])}.*?{re.escape(marked[1])}", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{PAGE} lacks {marked[0]}")
        before, after = pattern.split(text, maxsplit=1)
        text = before + "\n".join([marked[0], "", *lines, "", marked[1]]) + after
    PAGE.write_text(text)


def _parts(results: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    if "machine" in results:
        yield "machine", _machine(results["machine"])
    compared = {name: words for name, words in DATABASES.items() if name in results}
    if compared:
        yield "comparison", [line for name, words in compared.items() for line in _comparison(name, words, results)]
    if "alone" in results:
        yield "alone", _alone(results)
    if "growth" in results:
        yield "growth", _growth(results["growth"])


def _machine(found: Mapping[str, Any]) -> list[str]:
    packages = ", ".join(f"{name} {number}" for name, number in found["packages"].items())
    where = f"{found['processor']}, {found['cores']} cores, {found['system']}"
    databases = f"Python {found['python']}, PostgreSQL {found['postgresql']}, SQLite {found['sqlite']}"
    return [f"{found['at'][:10]}: {where}; {databases}; {packages}. Load before: {found['load_before'][0]}."]


def _comparison(name: str, words: str, results: Mapping[str, Any]) -> list[str]:
    measured = results[name]["operations"]
    picture = f"pictures/performance-{name}.svg"
    rates = {
        operation: {who: found["per_second"] for who, found in each.items()} for operation, each in measured.items()
    }
    (PAGE.parent / picture).write_text(
        chart.bars(f"Answers per second on {words}; bars relative to educore", rates, NAMES)
    )
    rows = [_row(operation, each) for operation, each in measured.items()]
    header = ["| answers per second (median ms) | " + " | ".join(NAMES.values()) + " |", "|---|" + "---:|" * len(NAMES)]
    return [f"### {words}", "", *header, *rows, "", f"![Answers per second on {words}]({picture})", ""]


def _row(operation: str, each: Mapping[str, Mapping[str, float]]) -> str:
    cells = [f"{each[who]['per_second']:,.0f} ({each[who]['median_ms']:,.1f})" if who in each else "" for who in NAMES]
    return f"| {WORDS[operation]} | " + " | ".join(cells) + " |"


def _alone(results: Mapping[str, Any]) -> list[str]:
    found, lines = results["alone"], ["| | |", "|---|---:|"]
    lines += [f"| importing {what} | {seconds * 1000:,.0f} ms |" for what, seconds in found["import_seconds"].items()]
    for database, words in DATABASES.items():
        if database in results:
            mine = results[database]
            lines.append(f"| from start to first answer, {words} | {mine['start_seconds']:.1f} s |")
            memory = [f"{found['educore']:.0f} MB" for found in mine["memory_mb"].values() if found["educore"]]
            lines += (
                [f"| memory of a worker after lists and at the end, {words} | {memory[0]}, {memory[-1]} |"]
                if memory
                else []
            )
    lines += [f"| {what} | {taken:,.1f} µs |" for what, taken in found["microseconds"].items()]
    for database, words in DATABASES.items():
        if workers := results.get(database, {}).get("workers"):
            one, two = workers["pages"].values()
            lines.append(f"| pages per second with one and with two workers, {words} | {one:,.0f} and {two:,.0f} |")
            spent = ", ".join(f"{who} {taken:.2f}" for who, taken in workers["milliseconds"].items())
            lines.append(f"| milliseconds of processor time for one page, {words} | {spent} |")
    return lines


def _growth(found: Mapping[str, Any]) -> list[str]:
    sizes, names = list(found["sizes"]), list(next(iter(found["milliseconds"].values())))
    series = {name: [found["milliseconds"][size][name] for size in sizes] for name in names}
    picture = "pictures/performance-growth.svg"
    students = [found["sizes"][size] for size in sizes]
    (PAGE.parent / picture).write_text(chart.lines("Milliseconds by number of students, PostgreSQL", students, series))
    header = [
        "| ms | " + " | ".join(f"{count:,} students" for count in students) + " |",
        "|---|" + "---:|" * len(sizes),
    ]
    rows = [f"| {name} | " + " | ".join(f"{value:,.1f}" for value in values) + " |" for name, values in series.items()]
    return [*header, *rows, "", f"![Milliseconds by number of students]({picture})"]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
