"""A refresh token that was just renewed answers the same two tokens again; nothing readable is stored for that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from educore import Educore, FixedClock, Unauthenticated
from educore.adapters.tokens import JwtTokens
from educore.people import SignInResult, refresh_sign_in, sign_in
from educore.people.refresh_tokens import MAX_REPLACED, RENEWAL_GRACE
from support.cast import PASSWORD, all_rows

SECRET = "forty characters that nobody else knows!"


@pytest.fixture
def signing(school: Educore, clock: FixedClock) -> Educore:
    """Return the school with the tokens of a server."""
    return Educore(school.store, replace(school.ports, tokens=JwtTokens(SECRET, clock)))


def enter(school: Educore) -> SignInResult:
    return sign_in(school, username="sardor", password=PASSWORD)


def renew(school: Educore, refresh: str) -> tuple[str, str]:
    renewed = refresh_sign_in(school, token=refresh)
    return renewed.access, renewed.refresh


def ends(school: Educore, refresh: str) -> bool:
    with pytest.raises(Unauthenticated) as error:
        refresh_sign_in(school, token=refresh)
    return error.value.code == "signed_out"


@pytest.mark.parametrize("seconds", [0, 1, 29.999])
def test_a_token_just_renewed_answers_the_same_tokens_again(
    signing: Educore, clock: FixedClock, seconds: float
) -> None:
    first = enter(signing)
    clock.advance(minutes=20)
    pair = renew(signing, first.refresh)
    assert first.refresh not in pair
    assert first.access not in pair
    clock.advance(seconds=seconds)
    assert renew(signing, first.refresh) == pair
    assert renew(signing, pair[1]) != pair


def test_a_token_renewed_earlier_ends_the_sign_in(signing: Educore, clock: FixedClock) -> None:
    first = enter(signing)
    pair = renew(signing, first.refresh)
    clock.advance(seconds=RENEWAL_GRACE.total_seconds())
    assert ends(signing, first.refresh)
    assert ends(signing, pair[1])


def test_repeating_does_not_make_the_time_longer(signing: Educore, clock: FixedClock) -> None:
    first = enter(signing)
    pair = renew(signing, first.refresh)
    clock.advance(seconds=20)
    assert renew(signing, first.refresh) == pair
    clock.advance(seconds=10)
    assert ends(signing, first.refresh)


def test_each_of_several_renewals_in_a_row_is_answered_again(signing: Educore, clock: FixedClock) -> None:
    tokens, pairs = [enter(signing).refresh], []
    for _ in range(4):
        clock.advance(seconds=5)
        pairs.append(renew(signing, tokens[-1]))
        tokens.append(pairs[-1][1])
    assert [renew(signing, token) for token in tokens[:-1]] == pairs
    clock.advance(seconds=16)
    assert renew(signing, tokens[1]) == pairs[1]
    assert ends(signing, tokens[0]), "31 seconds after its renewal"
    assert ends(signing, tokens[-1])


def test_only_so_many_renewed_tokens_are_remembered(signing: Educore) -> None:
    tokens = [enter(signing).refresh]
    for _ in range(MAX_REPLACED + 1):
        tokens.append(renew(signing, tokens[-1])[1])
    assert renew(signing, tokens[1])[1] == tokens[2]
    assert ends(signing, tokens[0])


def test_a_clock_that_is_a_little_behind_is_no_thief(signing: Educore, clock: FixedClock) -> None:
    first = enter(signing)
    pair = renew(signing, first.refresh)
    clock.advance(seconds=-2)
    assert renew(signing, first.refresh) == pair


def test_the_database_holds_nothing_that_makes_a_token(signing: Educore) -> None:
    first = enter(signing)
    held = [first.access, first.refresh, *renew(signing, first.refresh)]
    rows = repr([vars(row) for rows in all_rows(signing.store).values() for row in rows])
    assert signing.ports.tokens.read(held[-1])["rid"] in rows, "the name of the token is there"
    for token in held:
        assert token not in rows
        assert token.rpartition(".")[2] not in rows
    assert first.proof.key not in rows
