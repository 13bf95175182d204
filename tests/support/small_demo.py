"""Demo data of one small Center, which is loaded in a tenth of the time. As a program, `educore` with that data."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from educore_web.cli import demo, main
from educore_web.demo import load_demo
from educore_web.demo.places import SAMARKAND

SMALL_CENTER = replace(SAMARKAND, number=1, students=40, groups=6, completed=1, teachers=7)
"""The Center of Samarkand, smaller, and as if it were the first."""

load_small_demo = partial(load_demo, centers=[SMALL_CENTER])

if __name__ == "__main__":
    demo.load_demo = load_small_demo
    main()
