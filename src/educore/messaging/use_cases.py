"""Which use case does what when people notify and write to each other."""

from __future__ import annotations
