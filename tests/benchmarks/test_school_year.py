"""The measurement of a school year works on a small one, and says what takes too long."""

from __future__ import annotations

from benchmarks import school_year
from support.small_demo import SMALL_YEAR


def test_the_reports_of_a_small_school_are_measured(tmp_path):
    told = []
    found = school_year.measure(f"sqlite:///{tmp_path}/year.db", say=told.append, sketch=SMALL_YEAR)
    assert found.keys() == school_year.REPORTS.keys()
    assert any("marks" in line and "lessons" in line for line in told)


def test_a_report_that_takes_too_long_is_told():
    assert school_year.misses({"quick": 499.9}) == []
    assert school_year.misses({"quick": 1, "slow": 500}) == ["slow takes 500 ms, more than 500"]
