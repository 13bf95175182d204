"""The URL of a database is shown without its password, however odd that is and however wrongly it is written."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from educore_web.cli.errors import mask_password

ODD = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("@:/?#&=%[]\\"), max_size=30)


@given(ODD)
@example("S3cr@etPw")
@example("S3@cr/et?x=y@z")
@example("://@")
def test_nothing_of_a_password_is_shown(password: str) -> None:
    assert (
        mask_password(f"postgresql://joe:{password}@db.example:5432/school")
        == "postgresql://joe:***@db.example:5432/school"
    )


@given(ODD.filter(lambda password: "@" not in password))
def test_nothing_of_a_password_in_the_query_is_shown(password: str) -> None:
    shown = mask_password(f"postgresql://db.example/school?sslmode=require&password={password}")
    assert shown == "postgresql://db.example/school?***"


@given(ODD)
def test_an_unwritten_at_in_the_query_shows_no_more(password: str) -> None:
    shown = mask_password(f"postgresql://joe:{password}@db.example/school?password=a@b")
    assert shown == "postgresql://joe:***@b"


@pytest.mark.parametrize(
    "url",
    ["sqlite:///school.db", "sqlite:////srv/a@b/school.db", "postgresql://db.example/school", "postgresql:///school"],
)
def test_a_url_without_a_password_is_shown_as_it_is(url: str) -> None:
    assert mask_password(url) == url


WORDS = ("S3cr", "etPw", "S3cr%40", "etPw%3F")


@pytest.mark.parametrize("separator", ["@", "@/", "/@", "?@", "#@", ":@", "@@", "@:1/"])
@pytest.mark.parametrize("command", [("db", "check"), ("db", "upgrade"), ("db", "backup", "x"), ("audit", "verify")])
def test_no_command_tells_a_part_of_it(command: tuple[str, ...], separator: str, educore) -> None:
    done = educore(*command, "--database", f"postgresql://joe:S3cr{separator}etPw@127.0.0.1:1/school")
    assert done.exit_code != 0
    assert not [word for word in WORDS if word in done.output], done.output
    assert len(done.output.splitlines()) == 1


def test_a_password_written_right_is_used_and_not_shown(educore) -> None:
    done = educore("db", "check", "--database", f"postgresql://joe:{quote('S3cr@etPw', safe='')}@127.0.0.1:1/school")
    assert "postgresql://joe:***@127.0.0.1:1/school: The database does not answer" in done.output


def test_how_to_write_it_right_is_said(educore) -> None:
    done = educore("db", "check", "--database", "postgresql://joe:S3cr@etPw@127.0.0.1:1/school")
    assert "write %40 for @" in done.output
