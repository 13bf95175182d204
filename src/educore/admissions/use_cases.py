"""What the actions on leads and contracts mean."""

from __future__ import annotations
