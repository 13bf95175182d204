"""Courses."""

from educore.courses.context import CONTEXT
from educore.courses.entities import Course, CourseId

__all__ = ["CONTEXT", "Course", "CourseId"]
