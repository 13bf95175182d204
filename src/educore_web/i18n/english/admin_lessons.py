"""Teaching material: the words of lessons, their resources and their tags."""

from __future__ import annotations

LESSONS: dict[str, str] = {
    "LessonCycle.first": "First half of the programme",
    "LessonCycle.second": "Second half of the programme",
    "Difficulty.easy": "Easy",
    "Difficulty.medium": "Medium",
    "Difficulty.hard": "Hard",
    "ResourceKind.pdf": "PDF document",
    "ResourceKind.image": "Picture",
    "ResourceKind.video": "Video",
    "ResourceKind.audio": "Audio recording",
    "ResourceKind.document": "Document",
    "ResourceKind.presentation": "Presentation",
    "ResourceKind.link": "Link",
    "ResourceKind.text": "Text",
    "Lesson.many": "Teaching materials",
}
