"""Command line of the benchmarks: measure educore beside other programs and store the results."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import alone, growth, homework, live, profiling, report, rounds, school_year
from benchmarks.attack import run as attack
from benchmarks.operations import OPERATIONS
from benchmarks.scenario import Scenario, Sizes, fill
from educore import EDUCATION
from educore.adapters.sql import Database
from educore_web.demo.bulk import SIZES
from support.postgres import PostgresServer, running_postgres  # the one of the tests

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


def main() -> None:
    """Run the measurement that the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter rounds: less than three minutes on two cores")
    parser.add_argument(
        "--growth", nargs="?", const="s,m,l", metavar="SIZES", help="measure latency by size instead: s,m,l,xl"
    )
    parser.add_argument(
        "--only", action="append", default=[], choices=[o.name for o in OPERATIONS], help="measure only this operation"
    )
    parser.add_argument(
        "--profile", choices=[o.name for o in OPERATIONS], help="print a profile of this operation instead"
    )
    parser.add_argument(
        "--database",
        choices=["postgresql", "sqlite"],
        help="measure only this one; like --only, this stores no results",
    )
    parser.add_argument(
        "--attack",
        nargs="?",
        const="",
        metavar="WORD",
        help="attack real servers instead: all attacks, or those with WORD in the name",
    )
    parser.add_argument(
        "--school-year",
        action="store_true",
        help="measure reports over 1.3 million marks instead, and print the results; takes a few minutes",
    )
    parser.add_argument("--live", action="store_true", help="measure live messages instead, and print the results")
    parser.add_argument(
        "--homework", action="store_true", help="measure students who hand in homework instead, and print the results"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here and do not change the page")
    asked = parser.parse_args()
    if asked.attack is not None:
        sys.exit(_attack(asked))
    with running_postgres(settings=()) as postgres:
        if asked.live:
            _measure_live(postgres)
            return
        if asked.homework:
            sys.exit(_measure_homework(postgres))
        if asked.school_year:
            sys.exit(_measure_school_year(postgres))
        if asked.profile:
            with _filled(postgres, asked.database or "postgresql") as (database, scenario):
                profiling.show(database, scenario, asked.profile)
            return
        results = _grow(postgres, asked.growth.split(",")) if asked.growth else _compare(postgres, asked)
    if asked.json is not None:
        report.keep(results, asked.json)
    elif not (asked.only or asked.database):  # a part would take the place of the whole
        report.keep(results, report.RESULTS)
        report.write_page(results)


def _attack(asked: argparse.Namespace) -> int:
    """Attack real servers. Return 1 if a target is missed."""
    with running_postgres(settings=()) as postgres:
        results = attack.attack_all(postgres, only=asked.attack, database=asked.database)
    if asked.json is not None:
        report.keep(attack.as_json(results), asked.json)
    return int(any(result.misses for result in results))


def _measure_live(postgres: PostgresServer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(postgres.at(postgres.create()), EDUCATION)
        live.measure(database, Path(folder), say=_say)
        database.close()


def _measure_homework(postgres: PostgresServer) -> int:
    """Time the hand-ins of a class. Return 1 if they take too long."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(postgres.at(postgres.create()), EDUCATION)
        slow = homework.misses(homework.measure(database, Path(folder), say=_say))
        database.close()
    print("\n".join(slow) or "handing in is in time")
    return int(bool(slow))


def _measure_school_year(postgres: PostgresServer) -> int:
    """Time the reports of a school year. Return 1 if one takes too long."""
    slow = school_year.misses(school_year.measure(postgres.at(postgres.create()), say=_say))
    print("\n".join(slow) or "every report is in time")
    return int(bool(slow))


def _compare(postgres: PostgresServer, asked: argparse.Namespace) -> dict[str, Any]:
    pace = rounds.QUICK if asked.quick else rounds.THOROUGH
    found: dict[str, Any] = {"machine": report.machine(_version(postgres))}
    for name in [asked.database] if asked.database else ["postgresql", "sqlite"]:
        with _filled(postgres, name) as (database, scenario):
            print(f"\n{name}", flush=True)
            found[name] = rounds.compare(database, scenario, pace, say=_say, only=asked.only)
            ratios = rounds.ratios(found[name]["operations"])
            found["ratios" if name == "postgresql" else f"ratios_{name}"] = ratios
            print(", ".join(f"{what} {times}" for what, times in ratios.items()))
            if not asked.only:
                found[name]["start_seconds"] = alone.start_seconds(database, scenario)
                found[name]["workers"] = alone.workers(database, scenario, seconds=pace.seconds)
                found["alone"] = found.get("alone") or _alone(database, scenario)
    return found


def _alone(database: str, scenario: Scenario) -> dict[str, Any]:
    return {"import_seconds": alone.import_seconds(), "microseconds": alone.microseconds(database, scenario)}


def _grow(postgres: PostgresServer, sizes: list[str]) -> dict[str, Any]:
    template = postgres.create()
    growth.tell_story(postgres.at(template))
    milliseconds = {}
    for size in sizes:
        name = postgres.create(template=template)
        milliseconds[size] = growth.measure(postgres.at(name), size, say=_say)
        postgres.drop(name)
    return {"growth": {"sizes": {size: SIZES[size] for size in sizes}, "milliseconds": milliseconds}}


@contextmanager
def _filled(postgres: PostgresServer, name: str) -> Iterator[tuple[str, Scenario]]:
    """Yield a database with the rows of the comparison, in `/dev/shm` if it exists, and delete it afterwards."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        schema = postgres.create() if name == "postgresql" else ""
        url = postgres.at(schema) if schema else f"sqlite:///{folder}/measured.db"
        database = Database(url, EDUCATION)
        database.upgrade()
        scenario = fill(database, Sizes())
        database.close()
        yield url, scenario
        if schema:
            postgres.drop(schema)


def _version(postgres: PostgresServer) -> str:
    engine = sa.create_engine(postgres.url)
    with engine.connect() as connection:
        found: str = connection.execute(sa.text("SHOW server_version")).scalar_one()
    engine.dispose()
    return found


def _say(words: str) -> None:
    print(f"  {words}", flush=True)


if __name__ == "__main__":
    main()
