"""Times the commonest pages in one process over the demonstration data, and counts their SQL statements.

Run with `nox -s bench`, or `python benchmarks/quick.py [requests]`. PostgreSQL: set EDUCORE_DATABASE to an empty one.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time

import httpx
import sqlalchemy as sa

from educore_web.app import Platform, compose, open_platform
from educore_web.demo import holds_data, load_demo
from educore_web.settings import Settings

PAGES = (
    ("one page of 20 students", "/center-crm/api/students/?page_size=20"),
    ("one page of 100 students", "/center-crm/api/students/?page_size=100"),
    ("one page of 20 groups", "/center-crm/api/groups/?page_size=20"),
    ("one student", "/center-crm/api/students/20/"),
)


def main(requests: int) -> None:
    """Print a line per page."""
    with tempfile.TemporaryDirectory() as folder:
        database = os.environ.get("EDUCORE_DATABASE", f"sqlite:///{folder}/bench.db")
        platform = open_platform(Settings(database=database, secret="benchmark " * 4))  # type: ignore[arg-type]  # pydantic wraps it
        platform.database.upgrade()
        if not holds_data(platform.school):
            load_demo(platform.school)
        print(f"{requests} requests each, one after the other, {platform.database.engine.dialect.name}\n")
        print(f"{'':<26}{'median ms':>10}{'p95 ms':>10}{'per second':>12}{'statements':>12}")
        for name, times, statements in asyncio.run(measure(platform, requests)):
            median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            print(f"{name:<26}{median * 1000:>10.2f}{p95 * 1000:>10.2f}{1 / median:>12.0f}{statements:>12}")
        platform.database.close()


async def measure(platform: Platform, requests: int) -> list[tuple[str, list[float], int]]:
    """The seconds each request took, and the statements of one."""
    app = compose(platform)
    counted: list[str] = []
    sa.event.listen(platform.database.engine, "before_cursor_execute", lambda *about: counted.append(about[2]))
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # httpx spells the same protocol differently
    results = []
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        name = {"username": "director1", "password": "Director@123"}
        signed_in = await client.post("/center-crm/api/auth/login/", json=name)
        client.headers["authorization"] = f"Bearer {signed_in.json()['token']}"
        for title, path in PAGES:
            times = [await timed(client, path) for _ in range(requests + 10)][10:]
            counted.clear()
            await timed(client, path)
            results.append((title, times, len(counted)))
    return results


async def timed(client: httpx.AsyncClient, path: str) -> float:
    """The seconds one request takes."""
    begun = time.perf_counter()
    response = await client.get(path)
    taken = time.perf_counter() - begun
    response.raise_for_status()
    return taken


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
