"""Many people who act at the same moment: `all_at_once(*acts)` tells how each ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from educore import EducoreError
from support.refusals import code_of


def all_at_once(*acts: Callable[[], Any]) -> list[str]:
    """Start every act at the same moment; tells how each ended: "done", or the code of its refusal."""
    barrier = threading.Barrier(len(acts))
    endings: list[str] = []

    def take_part(act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            act()
            endings.append("done")
        except EducoreError as error:
            endings.append(code_of(error))

    threads = [threading.Thread(target=take_part, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(endings) == len(acts)
    return endings
