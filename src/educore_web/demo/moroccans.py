"""Made-up people of Morocco: teachers, and families whose children share parents."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from educore_web.demo.people import Person, transliterate

MEN = (
    "Abdellah Abderrahim Adam Adil Ahmed Amine Anas Ayoub Aymane Badr Bilal Brahim Driss El-Mehdi Fouad Hamza "
    "Hassan Hicham Ilyas Imad Ismaïl Jawad Karim Khalid Mehdi Mohammed Mouad Mounir Mustapha Nabil Othmane Omar "
    "Rachid Reda Saad Salim Samir Soufiane Taha Tarik Walid Yahya Yassine Younes Youssef Zakaria"
).split()
WOMEN = (
    "Amal Amina Asmae Aya Bouchra Chaimae Dounia Fadwa Farah Fatima Ghita Hafsa Hajar Hanane Hasnae Hiba Houda "
    "Ibtissam Ikram Imane Jihane Kenza Khadija Laila Lamiae Malak Manal Meryem Mouna Nada Nadia Naïma Nisrine "
    "Nour Oumaima Rania Rim Sabrine Salma Samira Sanae Sara Soukaina Wiam Yasmine Zineb"
).split()
SURNAMES = (
    "Alaoui|Amrani|Bakkali|Belhaj|Benali|Benchekroun|Benjelloun|Bennani|Bennis|Berrada|Bouazza|Bouzidi|Chakir|Chraibi|"
    "Daoudi|El Amrani|El Fassi|El Idrissi|El Khattabi|El Mansouri|El Ouazzani|Fikri|Filali|Ghazi|Guessous|Hajji|Hakimi|"
    "Jabri|Kabbaj|Kadiri|Kettani|Lahlou|Lamrani|Mekouar|Mernissi|Naciri|Ouahbi|Rachidi|Rahmouni|Raissouni|Saidi|"
    "Sebti|Sefrioui|Skalli|Slaoui|Squalli|Tahiri|Tazi|Touzani|Wahbi|Zahiri|Zaoui|Ziani|Zniber"
).split("|")
LATIN = str.maketrans("ïéèê", "ieee")
OPERATORS = ("600", "610", "612", "641", "650", "661", "662", "667", "670", "678")
CHILDREN = (1,) * 11 + (2,) * 7 + (3,) * 2
"""The numbers of children of twenty families."""

GUARDIANS = (("mother",),) * 5 + (("father",),) * 3 + (("mother", "father"),) * 4
"""The parents with an account, in twelve families."""


class Family(NamedTuple):
    """Guardians with what they are to the children, who are brothers and sisters, each with their grade."""

    guardians: tuple[tuple[str, Person], ...]
    children: tuple[tuple[Person, int], ...]


class Moroccans:
    """A generator of people; no two have the same user name or phone number."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self.rng, self._today = rng, today
        self._used: set[str] = set()

    def create_adult(self, *, youngest: int = 26, oldest: int = 60, woman: bool | None = None) -> Person:
        """Create a person between two ages in years."""
        born = self._today - timedelta(days=self.rng.randint(youngest * 366, oldest * 365))
        if woman is None:
            woman = self.rng.random() < 0.5
        first = self.rng.choice(WOMEN if woman else MEN)
        return self._person(first, self.rng.choice(SURNAMES), born, phone=self._create_phone())

    def create_family(self, *, grades: Sequence[int], first_year: int, children: int) -> Family:
        """Create a family with at most so many children in these grades of the school year that begins in a year."""
        guardians = tuple(
            (relationship, self.create_adult(youngest=34, oldest=52, woman=relationship == "mother"))
            for relationship in self.rng.choice(GUARDIANS)
        )
        relationship, parent = guardians[-1]
        surname = parent.last_name if relationship == "father" else self.rng.choice(SURNAMES)
        count = min(self.rng.choice(CHILDREN), len(grades), children)
        chosen = sorted(self.rng.sample(grades, count))
        brothers, sisters = iter(self.rng.sample(MEN, count)), iter(self.rng.sample(WOMEN, count))
        firsts = [next(sisters if self.rng.random() < 0.5 else brothers) for _ in chosen]
        pairs = zip(firsts, chosen, strict=True)
        return Family(
            guardians, tuple((self._child(first, surname, grade, first_year), grade) for first, grade in pairs)
        )

    def _child(self, first: str, last: str, grade: int, first_year: int) -> Person:
        born = date(first_year - 5 - grade, 1, 1) + timedelta(days=self.rng.randrange(365))
        return self._person(first, last, born, phone=self._create_phone() if grade > 9 else None)

    def _person(self, first: str, last: str, born: date, *, phone: str | None) -> Person:
        username = self._free_username(first, last)
        return Person(username, first, last, phone, born, email=f"{username}@example.com")

    def _create_phone(self) -> str:
        while (phone := f"+212{self.rng.choice(OPERATORS)}{self.rng.randint(100_000, 999_999)}") in self._used:
            pass
        self._used.add(phone)
        return phone

    def _free_username(self, first: str, last: str) -> str:
        plain = ".".join(transliterate(name.translate(LATIN)) for name in (first, last))
        numbered = (f"{plain}{number}" for number in itertools.count(2))
        name = next(name for name in itertools.chain((plain,), numbered) if name not in self._used)
        self._used.add(name)
        return name
