"""The admin of schools: timetables, registers of lessons, and absences."""

from __future__ import annotations

REGISTERS: dict[str, str] = {
    "Timetable.many": "Timetables of classes",
    "Timetable.new": "New timetable",
    "Timetable.name": "Timetable",
    "Timetable.group": "Class",
    "Series.many.school": "Hours of the week",
    "Series.new.school": "New hour of the week",
    "AuditedKind.Timetable": "Timetable",
    "Series.type": "Kind of lesson",
    "SlotType.regular": "Lesson",
    "SlotType.exam": "Exam",
    "SlotType.lab": "Practical work",
    "SlotType.field_trip": "Field trip",
    "field.timetable": "Timetable",
    "field.effective_from": "In effect from",
    "field.effective_to": "In effect until",
    "field.slots": "Hours a week",
    "field.weekday": "Day of the week",
    "hint.effective_to": "Until the academic year ends, if left empty",
    "link.week": "Week of the class",
    "link.add_slot": "Add an hour",
    "week.of": "Week of {name}",
    "week.from": "In effect from {day}",
    "week.none": "This class has no timetable yet.",
    "week.free": "No lessons",
    "week.inactive": "not active",
}
