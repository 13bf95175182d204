"""The courses context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.courses.entities import Course
from educore.courses.policies import POLICIES
from educore.kernel.context import Context

CONTEXT = Context("courses", entities=(Course,), policies=POLICIES)
