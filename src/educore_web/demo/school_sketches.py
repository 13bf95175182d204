"""The schools of the demo: stages, grade levels, subjects, rooms and numbers of people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple


class Names(NamedTuple):
    """A name in English, French and Arabic."""

    english: str
    french: str
    arabic: str

    def fields(self) -> dict[str, Any]:
        """Return the fields of a row with these names."""
        return {"name": self.english, "name_fr": self.french, "name_ar": self.arabic}


@dataclass(frozen=True)
class StageSketch:
    """A stage with the names of its grade levels; `first` is the number of the first one."""

    names: Names
    stage: str
    first: int
    grades: tuple[Names, ...]

    @property
    def ages(self) -> dict[str, int]:
        """Return the ages of the youngest and the oldest, in years."""
        return {"min_age": self.first + 5, "max_age": self.first + 5 + len(self.grades)}


@dataclass(frozen=True)
class SubjectSketch:
    """A subject, taught in the grade levels from `first` to `last`."""

    names: Names
    code: str
    color: str
    icon: str
    first: int = 1
    last: int = 12


@dataclass(frozen=True)
class SchoolSketch:
    """A school. `accounts` are the local parts of the e-mail addresses of its demo accounts, by role.

    With `weeks` its year has had so many weeks of lessons, the current one included, and its marks are written in bulk
    (`educore_web.demo.school_year`). Without, its year begins in September, and some classes have marks of some days.
    """

    handle: str
    names: Names
    address: str
    city: str
    region: str
    postal_code: str
    phone: str
    email: str
    website: str
    license_number: str
    opened_at: date
    description: str
    stages: tuple[StageSketch, ...]
    sections: str
    capacity: int
    teachers: int
    pupils: int
    clerks: int
    drivers: int
    accounts: dict[str, str]
    weeks: int | None = None

    @property
    def grades(self) -> range:
        """Return the numbers of the grade levels."""
        return range(self.stages[0].first, self.stages[-1].first + len(self.stages[-1].grades))

    @property
    def subjects(self) -> list[SubjectSketch]:
        """Return the subjects that are taught in one of the grade levels."""
        return [subject for subject in SUBJECTS if subject.first in self.grades]


ORDINALS = (
    ("1ère", "الأولى"),
    ("2ème", "الثانية"),
    ("3ème", "الثالثة"),
    ("4ème", "الرابعة"),
    ("5ème", "الخامسة"),
    ("6ème", "السادسة"),
)

PRIMARY = StageSketch(
    Names("Primary School", "Enseignement primaire", "التعليم الابتدائي"),
    "primary",
    1,
    tuple(
        Names(f"Grade {number}", f"{french} Année Primaire", f"السنة {arabic} ابتدائي")
        for number, (french, arabic) in enumerate(ORDINALS, start=1)
    ),
)
MIDDLE = StageSketch(
    Names("Middle School", "Enseignement secondaire collégial", "التعليم الثانوي الإعدادي"),
    "middle",
    7,
    tuple(
        Names(f"Grade {number}", f"{french} Année Collège", f"السنة {arabic} إعدادي")
        for number, (french, arabic) in enumerate(ORDINALS[:3], start=7)
    ),
)
HIGH = StageSketch(
    Names("High School", "Enseignement secondaire qualifiant", "التعليم الثانوي التأهيلي"),
    "high",
    10,
    (
        Names("Grade 10", "Tronc Commun", "الجذع المشترك"),
        Names("Grade 11", "1ère Année Baccalauréat", "السنة الأولى بكالوريا"),
        Names("Grade 12", "2ème Année Baccalauréat", "السنة الثانية بكالوريا"),
    ),
)

SUBJECTS = (
    SubjectSketch(Names("Arabic", "Arabe", "اللغة العربية"), "ARA", "#1B7F5C", "book"),
    SubjectSketch(Names("French", "Français", "اللغة الفرنسية"), "FRA", "#2F5DA8", "language"),
    SubjectSketch(Names("Mathematics", "Mathématiques", "الرياضيات"), "MATH", "#C0392B", "calculator"),
    SubjectSketch(Names("Islamic Education", "Éducation islamique", "التربية الإسلامية"), "ISL", "#0E6655", "moon"),
    SubjectSketch(
        Names("Science Awakening", "Éveil scientifique", "النشاط العلمي"), "SCI", "#27AE60", "leaf", first=1, last=6
    ),
    SubjectSketch(
        Names("Physical Education", "Éducation physique", "التربية البدنية"), "EPS", "#E67E22", "ball-football"
    ),
    SubjectSketch(Names("Art", "Arts plastiques", "التربية الفنية"), "ART", "#8E44AD", "palette", last=9),
    SubjectSketch(Names("Social Studies", "Histoire-Géographie", "الاجتماعيات"), "HG", "#A04000", "map", first=4),
    SubjectSketch(Names("English", "Anglais", "اللغة الإنجليزية"), "ENG", "#34495E", "flag", first=4),
    SubjectSketch(
        Names("Computer Science", "Informatique", "المعلوميات"), "INFO", "#2980B9", "device-desktop", first=5
    ),
    SubjectSketch(
        Names("Physics and Chemistry", "Physique-Chimie", "الفيزياء والكيمياء"), "PC", "#16A085", "atom", first=7
    ),
    SubjectSketch(
        Names("Life and Earth Sciences", "Sciences de la vie et de la Terre", "علوم الحياة والأرض"),
        "SVT",
        "#229954",
        "plant",
        first=7,
    ),
    SubjectSketch(Names("Philosophy", "Philosophie", "الفلسفة"), "PHIL", "#6C3483", "bulb", first=10),
)

SPECIAL_ROOMS = (
    ("Laboratoire de sciences", "lab", "Microscopes, gas, 12 benches"),
    ("Salle informatique", "computer", "24 computers, projector"),
    ("Bibliothèque", "library", "6000 books in three languages"),
    ("Gymnase", "gym", "Mats, baskets, nets"),
    ("Atelier d’arts plastiques", "art", "Easels, kiln"),
)
"""The rooms that every school has beside its classrooms, with their types and equipment."""

CASABLANCA = SchoolSketch(
    handle="casablanca",
    names=Names("Al Massira School", "Groupe scolaire Al Massira", "مجموعة مدارس المسيرة"),
    address="24, rue Ibnou Mounir, Maârif",
    city="Casablanca",
    region="Casablanca-Settat",
    postal_code="20330",
    phone="+212522250140",
    email="contact@almassira.example",
    website="https://almassira.example",
    license_number="MA-CAS-1987-014",
    opened_at=date(1987, 9, 14),
    description="A private school from the first year to the baccalaureate, in Arabic, French and English.",
    stages=(PRIMARY, MIDDLE, HIGH),
    sections="AB",
    capacity=30,
    teachers=40,
    pupils=500,
    clerks=3,
    drivers=6,
    accounts={role: role for role in ("admin", "teacher", "student", "parent", "staff", "driver")},
)

RABAT = SchoolSketch(
    handle="rabat",
    names=Names("Bouregreg Primary School", "École primaire Bouregreg", "مدرسة أبي رقراق الابتدائية"),
    address="7, avenue Fal Ould Oumeir, Agdal",
    city="Rabat",
    region="Rabat-Salé-Kénitra",
    postal_code="10090",
    phone="+212537770120",
    email="contact@bouregreg.example",
    website="https://bouregreg.example",
    license_number="MA-RBA-2004-003",
    opened_at=date(2004, 9, 6),
    description="A small primary school on the hill of Agdal.",
    stages=(PRIMARY,),
    sections="A",
    capacity=20,
    teachers=8,
    pupils=60,
    clerks=1,
    drivers=1,
    accounts={"admin": "admin2"},
)

TANGIER = SchoolSketch(
    handle="tangier",
    names=Names("Ibn Battouta School", "Groupe scolaire Ibn Battouta", "مجموعة مدارس ابن بطوطة"),
    address="112, avenue Moulay Rachid",
    city="Tanger",
    region="Tanger-Tétouan-Al Hoceïma",
    postal_code="90000",
    phone="+212539320110",
    email="contact@ibnbattouta.example",
    website="https://ibnbattouta.example",
    license_number="MA-TNG-1994-021",
    opened_at=date(1994, 9, 12),
    description="A large school with four classes in each year, and a whole year of lessons and marks.",
    stages=(PRIMARY, MIDDLE, replace(HIGH, grades=HIGH.grades[:1])),
    sections="ABCD",
    capacity=30,
    teachers=78,
    pupils=1200,
    clerks=4,
    drivers=8,
    accounts={role: f"{role}3" for role in ("admin", "teacher", "student", "parent", "staff", "driver")},
    weeks=43,
)
"""The school of `educore demo --size school`."""
