"""The memory of a process, where the system tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

MOST_MEGABYTES = 130
"""The most that a server or a worker may take after its usual work: three APIs; all five are to stay below 150."""


def resident_megabytes(process: int) -> float:
    """Return the resident memory of a process in megabytes; skip the test on a system without `/proc`."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        pytest.skip("this system does not tell the memory of a process")
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
