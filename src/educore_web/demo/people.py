"""Made-up people with names, phone numbers and birthdays of the region."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

UZBEK_MEN = (
    "Abdulla Akmal Alisher Anvar Aziz Bahodir Bekzod Bobur Davron Dilshod Doniyor Eldor Farhod Farrux G‘ayrat Hasan "
    "Husan Ibrohim Islom Jahongir Jamshid Jasur Kamron Laziz Mansur Mirzo Muhammad Nodir Odil Otabek Oybek Ravshan "
    "Rustam Sanjar Sardor Shahzod Sherzod Siroj Temur To‘lqin Ulug‘bek Umid Xurshid Yusuf Zafar"
).split()
UZBEK_WOMEN = (
    "Asal Aziza Barno Charos Dildora Dilnoza Durdona Feruza Gavhar Gulnora Guli Hilola Iroda Kamola Komila Laylo "
    "Lola Madina Malika Maftuna Mohira Munisa Nafisa Nargiza Nigora Nilufar Nodira Ozoda Parvina Robiya Saida Sabina "
    "Sevara Shahnoza Shoira Sitora Umida Xurshida Yulduz Zarina Ziyoda Zuhra"
).split()
UZBEK_SURNAMES = (
    "Abdullayev Ahmedov Alimov Aripov Azimov Boboyev Bozorov Ergashev Eshonov Fayzullayev G‘aniyev Haydarov Hamidov "
    "Ibragimov Ismoilov Jalolov Jo‘rayev Karimov Komilov Mahmudov Mirzayev Murodov Nazarov Nematov Normatov Nurmatov "
    "O‘rinov Olimov Po‘latov Qodirov Qosimov Rahimov Rashidov Rasulov Saidov Salimov Sattorov Shodiyev Sobirov "
    "Sodiqov Sultonov Tojiyev Toshmatov Tursunov Umarov Usmonov Vohidov Xasanov Xolmatov Yo‘ldoshev Yusupov Zokirov"
).split()
RUSSIAN_MEN = "Александр Артём Владислав Глеб Данила Евгений Иван Кирилл Максим Никита Роман Сергей Тимур".split()
RUSSIAN_WOMEN = "Алина Анна Валерия Дарья Екатерина Елена Ксения Мария Ольга Полина София Татьяна Юлия".split()
RUSSIAN_SURNAMES = (
    "Иванов Петров Смирнов Кузнецов Ким Цой Пак Волков Морозов Новиков Соколов Лебедев Васильев Захаров Белов"
).split()
INVARIABLE_SURNAMES = ("Ким", "Цой", "Пак")
OPERATORS = ("90", "91", "93", "94", "95", "97", "98", "99", "88", "33", "77", "50")
CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh sch  y  e yu ya".split(" "),
        strict=True,
    )
)


@dataclass(frozen=True)
class Person:
    """A person without an account yet."""

    username: str
    first_name: str
    last_name: str
    phone: str | None
    birthday: date
    email: str | None = None
    passport_number: str | None = None

    def account(self, password: str) -> dict[str, Any]:
        """Return the fields of an account for this person, who is not asked for another password."""
        return {**vars(self), "password": password, "password_is_initial": False}


class People:
    """A generator of people; no two have the same user name, phone number or passport number."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self._rng, self._today = rng, today
        self._used: set[str] = set()

    def create_person(
        self, *, youngest: int, oldest: int, username: str | None = None, phone: str | None = None
    ) -> Person:
        """Create a person between two ages in years, optionally with a certain user name and phone number."""
        first, last = self._name(self._surname())
        username = username or self._free_username(first, last)
        grown_up = youngest >= 16
        return Person(
            username=username,
            first_name=first,
            last_name=last,
            phone=phone or self.create_phone(),
            birthday=self._today - timedelta(days=self._rng.randint(youngest * 366, oldest * 365)),
            email=f"{username}@example.com" if grown_up or self._rng.random() < 0.5 else None,
            passport_number=self._unique(self._passport) if grown_up else None,
        )

    def create_parent(self, person: Person) -> tuple[str, str]:
        """Create a mother or father; return the full name and the phone number."""
        surnames = UZBEK_SURNAMES + RUSSIAN_SURNAMES
        surname = person.last_name if person.last_name in surnames else person.last_name[:-1]
        return " ".join(self._name(surname)), self.create_phone()

    def create_phone(self) -> str:
        """Create a mobile number that no other person has."""
        return self._unique(lambda: f"+998{self._rng.choice(OPERATORS)}{self._rng.randint(2_100_000, 9_899_999)}")

    def _surname(self) -> str:
        return self._rng.choice(RUSSIAN_SURNAMES if self._rng.random() < 0.14 else UZBEK_SURNAMES)

    def _name(self, surname: str) -> tuple[str, str]:
        """Return a first name, and the last name in its male or female form."""
        woman = self._rng.random() < 0.52
        if surname in RUSSIAN_SURNAMES:
            ending = "а" if woman and surname not in INVARIABLE_SURNAMES else ""
            return self._rng.choice(RUSSIAN_WOMEN if woman else RUSSIAN_MEN), surname + ending
        return self._rng.choice(UZBEK_WOMEN if woman else UZBEK_MEN), surname + "a" * woman

    def _passport(self) -> str:
        return f"{self._rng.choice(('AA', 'AB', 'AC', 'AD', 'FA'))}{self._rng.randint(1_000_000, 9_999_999)}"

    def _free_username(self, first: str, last: str) -> str:
        plain = f"{transliterate(first)}.{transliterate(last)}"
        names = (plain if number == 1 else f"{plain}{number}" for number in itertools.count(1))
        return self._unique(lambda: next(names))

    def _unique(self, draw: Any) -> str:
        while (value := str(draw())) in self._used:
            pass
        self._used.add(value)
        return value


def transliterate(name: str) -> str:
    """Write a name in the letters of a user name: `G‘ayrat` becomes gayrat, `Юлия` yuliya."""
    return re.sub(r"[^a-z]", "", "".join(CYRILLIC.get(letter, letter) for letter in name.lower()))
