"""Importing this keeps what Python compiles, even where the environment says otherwise.

Several processes run the tests, and they start servers and commands by the dozen: each would compile everything anew.
"""

from __future__ import annotations

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
