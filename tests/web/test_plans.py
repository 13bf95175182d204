"""That lists cost what their pages cost: no list reads a table from one end to the other.

This looks at how the database means to find the rows, and takes no time; how long it takes, `nox -s bench` measures.
"""

from __future__ import annotations

import re

from support.web.recipes import call_recipe
from support.web.running_platform import RunningPlatform
from support.web.systems import PAGED

WHOLE = re.compile(r"SCAN (?!\w+ VIRTUAL TABLE|CONSTANT ROW)(\w+)")


def test_no_list_reads_a_whole_table(site: RunningPlatform) -> None:
    problems = []
    people = [(op, who) for op in PAGED for who in op.system.cast.typical]  # a superadmin leafs through everything
    for op, who in people:
        at = op.home(site)
        with site.statements() as seen:
            answer = call_recipe(site.client(who), op, at)
        assert answer.status == (200 if op.system.cast.at_home[who] in op.who else 403), (op, who)
        for statement in seen:
            problems += [f"{op.name} by {who}: {step}" for step in _plan(site, statement) if WHOLE.match(step)]
    assert not problems, "\n".join(problems)


def _plan(site: RunningPlatform, statement: str) -> list[str]:
    with site.platform.database.engine.connect() as connection:
        nothing = (None,) * statement.count("?")
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", nothing)]
