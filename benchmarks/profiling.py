"""A profile of our own code: one operation many times in this thread, without HTTP, by processor time."""

from __future__ import annotations

import cProfile
import itertools
import pstats
import re
import statistics
import time
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.operations import OPERATIONS, Call, token_for
from benchmarks.rounds import SECRET
from benchmarks.scenario import Scenario
from educore_web.app import APIS
from educore_web.rest.application import Api
from educore_web.rest.execution import Execution
from educore_web.rest.operation import Operation
from educore_web.rest.request import RequestData
from educore_web.rest.threads import Threads
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings

TIMES, WARM_UP, LINES = 60, 5, 60
DOES = {
    "list": "students.list",
    "get": "students.retrieve",
    "create": "students.create",
    "bulk30": "attendance.bulk_mark",
    "bulk": "attendance.bulk_mark",
    "report": "groups.statistics",
}


def show(database: str, scenario: Scenario, name: str) -> None:
    """Print the cost of one answer and the most expensive functions, without and with the functions they call."""
    platform = open_platform(Settings(database=database, secret=SECRET, worker=False))
    spec, operations = APIS["center_crm"]
    threads, address = Threads(1), platform.settings.public_url
    api = Api(spec, operations, platform.school, threads=threads, max_body_megabytes=26, public_url=address)
    does = next(operation for operation in operations if operation.name == DOES[name])
    token = token_for(scenario, SECRET)
    calls = next(operation.calls for operation in OPERATIONS if operation.name == name)(scenario)
    requests = [_request(call, token) for call in itertools.islice(calls, WARM_UP + 2 * TIMES)]
    for request in requests[:WARM_UP]:
        _answered(api, does, request)
    taken = []
    for request in requests[WARM_UP : WARM_UP + TIMES]:
        begun = time.thread_time()
        _answered(api, does, request)
        taken.append(time.thread_time() - begun)
    print(
        f"\n{name}: {statistics.median(taken) * 1000:.2f} ms of processor time; with the profiler, ms for each answer:"
    )
    profile = cProfile.Profile()
    profile.enable()
    for request in requests[WARM_UP + TIMES :]:
        _answered(api, does, request)
    profile.disable()
    _print(pstats.Stats(profile))
    platform.database.close()


def _answered(api: Api, operation: Operation, request: RequestData) -> None:
    execution = Execution(api.executor, operation, request)
    if not operation.is_read_only:
        execution.authenticate()
    answer = execution.run()
    if answer.status >= 300:
        raise ValueError(answer)


def _request(call: Call, token: str) -> RequestData:
    path, _, query = call.path.partition("?")
    number = re.search(r"/(\d+)/", path)
    given: dict[str, Any] = {
        "id": int(number[1]) if number else None,
        "body": call.body or {},
        "query": dict(parse_qsl(query)),
    }
    here: dict[str, Any] = {"client_host": "127.0.0.1", "public_url": "http://127.0.0.1"}
    return RequestData(path=path, token=token, language="en", **here, **given)


def _print(stats: pstats.Stats) -> None:
    found = vars(stats)["stats"].items()  # (file, line, name): (primitive calls, calls, seconds alone, in all, callers)
    for title, column in (("alone", 2), ("with what they call", 3)):
        print(f"  {title}")
        for (path, line, name), figures in sorted(found, key=lambda item: -item[1][column])[:LINES]:
            file = "/".join(path.split("/")[-3:])
            print(f"    {figures[column] / TIMES * 1000:8.3f}  {figures[1] // TIMES:>7} x  {name} ({file}:{line})")
