"""Many people who act at the same moment: `run_concurrently(*acts)` tells how each ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from educore import EducoreError
from support.refusals import error_code


def run_concurrently(*acts: Callable[[], Any]) -> list[str]:
    """Start every act at the same moment; tells how each ended: "done", or the code of its refusal."""
    barrier = threading.Barrier(len(acts))
    endings: list[str] = []

    def take_part(act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            act()
            endings.append("done")
        except EducoreError as error:
            endings.append(error_code(error))

    threads = [threading.Thread(target=take_part, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(endings) == len(acts)
    return endings
