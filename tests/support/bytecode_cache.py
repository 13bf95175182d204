"""Importing this keeps what Python and Jinja compile, even where the environment says otherwise.

Several processes run the tests, and they start servers and commands by the dozen: each would compile everything anew.
And each admin that a test opens has a Jinja environment of its own, in which every template would be compiled anew.
"""

from __future__ import annotations

import os
import sys
from functools import partialmethod
from types import CodeType

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class TemplateCache(BytecodeCache):
    """The code of the templates that this process has compiled."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template that has not changed since."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self.codes[bucket.key, bucket.checksum] = bucket.code


os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
Environment.__init__ = partialmethod(Environment.__init__, bytecode_cache=TemplateCache())  # type: ignore[method-assign]
