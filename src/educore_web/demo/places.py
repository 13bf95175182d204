"""The two Centers of the demo: addresses, branches, rooms and courses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CourseSketch:
    """A course. `short` begins the names of its groups; `popularity` is relative; `ages` are the lowest and highest."""

    name: str
    short: str
    popularity: int
    ages: tuple[int, int]
    description: str
    qualification: str


@dataclass(frozen=True)
class BranchSketch:
    """A branch with its number of rooms."""

    name: str
    address: str
    phone: str
    rooms: int


@dataclass(frozen=True)
class CenterSketch:
    """A Center. `number` is the end of the user names of its demo accounts: director1, director2."""

    number: int
    name: str
    address: str
    phone: str
    email: str
    website: str
    license_number: str
    opened_at: date
    description: str
    branches: tuple[BranchSketch, ...]
    courses: tuple[CourseSketch, ...]
    teachers: int
    students: int
    groups: int
    capacities: tuple[int, ...]
    completed: int
    closes_last_branch: bool = False
    joins_after_days: int = 0


ENGLISH = CourseSketch(
    "General English", "English", 8, (9, 30), "General English from A1 to C1, three lessons a week.", "CELTA"
)
IELTS = CourseSketch(
    "IELTS Preparation", "IELTS", 5, (16, 28), "All four skills, with a mock exam every month.", "IELTS 8.0"
)
MATHEMATICS = CourseSketch(
    "Mathematics", "Math", 5, (10, 18), "School mathematics and university entrance tests.", "MSc in Mathematics"
)
RUSSIAN = CourseSketch(
    "Russian Language", "Russian", 3, (8, 25), "Spoken and written Russian for beginners.", "MA in Philology"
)
PYTHON = CourseSketch(
    "Python Programming", "Python", 4, (13, 30), "From the first program to a web service.", "Software engineer"
)
FRONTEND = CourseSketch(
    "Frontend Development", "Frontend", 3, (15, 30), "HTML, CSS, JavaScript and React.", "Software engineer"
)
PHYSICS = CourseSketch("Physics", "Physics", 2, (13, 18), "School physics with a laboratory.", "MSc in Physics")
CHEMISTRY = CourseSketch(
    "Chemistry and Biology", "Chem-Bio", 2, (14, 19), "Preparation for medical universities.", "MD, lecturer"
)
KOREAN = CourseSketch("Korean Language", "Korean", 2, (15, 28), "TOPIK I and II.", "TOPIK 6")
ROBOTICS = CourseSketch(
    "Robotics for Children", "Robotics", 2, (8, 13), "Building and programming small robots.", "Engineer"
)

TASHKENT = CenterSketch(
    number=1,
    name="Bilim Academy",
    address="Amir Temur shoh ko‘chasi 108, Toshkent",
    phone="+998712001020",
    email="info@bilim-academy.example.com",
    website="https://bilim-academy.example.com",
    license_number="OT-2018-0417",
    opened_at=date(2018, 9, 3),
    description="Languages, sciences and programming in four branches across Tashkent.",
    branches=(
        BranchSketch("Chilonzor", "Bunyodkor shoh ko‘chasi 12, Chilonzor tumani, Toshkent", "+998712001021", 7),
        BranchSketch("Yunusobod", "Ahmad Donish ko‘chasi 20A, Yunusobod tumani, Toshkent", "+998712001022", 6),
        BranchSketch(
            "Mirzo Ulug‘bek", "Buyuk Ipak Yo‘li ko‘chasi 45, Mirzo Ulug‘bek tumani, Toshkent", "+998712001023", 5
        ),
        BranchSketch("Sergeli", "Yangi Sergeli ko‘chasi 7, Sergeli tumani, Toshkent", "+998712001024", 3),
    ),
    courses=(ENGLISH, IELTS, MATHEMATICS, RUSSIAN, PYTHON, FRONTEND, PHYSICS, CHEMISTRY, KOREAN, ROBOTICS),
    teachers=27,
    students=430,
    groups=27,
    capacities=(15, 16, 18, 18, 20, 20, 24),
    completed=7,
    closes_last_branch=True,
)
SAMARKAND = CenterSketch(
    number=2,
    name="Registon O‘quv Markazi",
    address="Registon ko‘chasi 15, Samarqand",
    phone="+998662301040",
    email="salom@registon-markazi.example.com",
    website="https://registon-markazi.example.com",
    license_number="OT-2021-1283",
    opened_at=date(2021, 2, 15),
    description="Languages and sciences for schoolchildren and students of Samarkand.",
    branches=(
        BranchSketch("Registon", "Registon ko‘chasi 15, Samarqand", "+998662301041", 5),
        BranchSketch("Universitet xiyoboni", "Universitet xiyoboni 3, Samarqand", "+998662301042", 4),
    ),
    courses=(ENGLISH, IELTS, MATHEMATICS, RUSSIAN, PYTHON, PHYSICS),
    teachers=13,
    students=170,
    groups=13,
    capacities=(14, 15, 16, 16, 18),
    completed=3,
    joins_after_days=35,
)
EQUIPMENT = (
    "Whiteboard, Projector",
    "Whiteboard, TV, Speakers",
    "Interactive board",
    "Whiteboard",
    "Computers, Projector, Whiteboard",
)
