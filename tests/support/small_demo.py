"""Demo data of one small Center and two small schools, which is loaded in a tenth of the time.

As a program, `educore` with that data.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from educore_web.cli import demo, main
from educore_web.demo import load_demo
from educore_web.demo.places import SAMARKAND
from educore_web.demo.school_sketches import CASABLANCA, RABAT, TANGIER

SMALL_CENTER = replace(SAMARKAND, number=1, students=40, groups=6, completed=1, teachers=7)
"""The Center of Samarkand, smaller, and as if it were the first."""

SMALL_SCHOOL = replace(
    CASABLANCA, stages=CASABLANCA.stages[:1], sections="A", teachers=6, pupils=18, clerks=1, drivers=1
)
"""The school of Casablanca with its primary stage only."""

SMALLEST_SCHOOL = replace(RABAT, teachers=6, pupils=4)
"""The school of Rabat with few people."""

SMALL_YEAR = replace(
    TANGIER, stages=TANGIER.stages[:1], sections="A", teachers=12, pupils=18, clerks=1, drivers=1, weeks=4
)
"""The school of Tangier with a few weeks of its primary stage."""

load_small_demo = partial(load_demo, centers=[SMALL_CENTER], schools=[SMALL_SCHOOL, SMALLEST_SCHOOL])

if __name__ == "__main__":
    demo.load_demo = load_small_demo
    main()
