"""The real adapters: passwords, tokens and files that somebody tries to cheat."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import argon2
import jwt
import pytest

from educore import FixedClock, NotFound, Unauthenticated
from educore.adapters.clock import SystemClock
from educore.adapters.local_files import LocalFiles
from educore.adapters.passwords import HASHING_THREADS, Argon2Passwords
from educore.adapters.tokens import JwtTokens

SECRET = "a secret of at least thirty-two bytes"
HOUR = timedelta(hours=1)


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


# -- passwords -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    return Argon2Passwords()


def test_a_password_is_recognised_by_its_hash(passwords: Argon2Passwords) -> None:
    assert passwords.verify("plov and 7", passwords.hash("plov and 7"))


def test_the_hash_is_argon2id_and_salted(passwords: Argon2Passwords) -> None:
    one, other = passwords.hash("plov and 7"), passwords.hash("plov and 7")
    assert one.startswith("$argon2id$")
    assert one != other


@pytest.mark.parametrize("tried", ["", "plov and 8", "plov and 7 ", " plov and 7", "PLOV AND 7", "plov\0", "\ud83d"])
def test_another_password_is_not_recognised(passwords: Argon2Passwords, tried: str) -> None:
    assert not passwords.verify(tried, passwords.hash("plov and 7"))


@pytest.mark.parametrize("stored", [None, "", "plain:plov", "$argon2id$broken"])
def test_nothing_matches_a_hash_that_is_none(passwords: Argon2Passwords, stored: str | None) -> None:
    assert not passwords.verify("plov", stored)


def test_a_hash_of_nobody_costs_as_much_as_a_real_one(passwords: Argon2Passwords) -> None:
    made_up, real = passwords._dummy_hash, passwords.hash("plov and 7")
    assert argon2.extract_parameters(made_up) == argon2.extract_parameters(real)
    with pytest.raises(argon2.exceptions.VerifyMismatchError):  # and not because it cannot be read
        argon2.PasswordHasher().verify(made_up, "plov and 7")


class Crowd:
    """A hasher that waits until more than may are hashing at the same time."""

    def __init__(self) -> None:
        self.gathered = threading.Barrier(HASHING_THREADS + 1)

    def hash(self, password: str) -> str:
        self.gathered.wait(0.2)
        return password


def test_no_more_passwords_are_hashed_at_once_than_may_be() -> None:
    passwords, crowd = Argon2Passwords(), Crowd()
    passwords._hasher = crowd  # type: ignore[assignment]
    with ThreadPoolExecutor(HASHING_THREADS + 1) as pool:
        hashed = [pool.submit(passwords.hash, "plov and 7") for _ in range(HASHING_THREADS + 1)]
    assert all(isinstance(one.exception(), threading.BrokenBarrierError) for one in hashed)


# -- tokens --------------------------------------------------------------------------------------------


@pytest.fixture
def tokens(clock: FixedClock) -> JwtTokens:
    return JwtTokens(SECRET, clock)


def test_a_token_carries_its_claims(tokens: JwtTokens) -> None:
    claims = tokens.read(tokens.sign({"sub": "7", "sid": 3}, HOUR))
    assert (claims["sub"], claims["sid"]) == ("7", 3)


def test_no_two_tokens_are_alike(tokens: JwtTokens) -> None:
    assert tokens.sign({"sub": "7"}, HOUR) != tokens.sign({"sub": "7"}, HOUR)


def test_a_token_is_good_until_its_last_second(tokens: JwtTokens, clock: FixedClock) -> None:
    token = tokens.sign({}, HOUR)
    clock.advance(minutes=59, seconds=59)
    assert tokens.read(token)


def test_a_token_expires(tokens: JwtTokens, clock: FixedClock) -> None:
    token = tokens.sign({}, HOUR)
    clock.advance(hours=1)
    with pytest.raises(Unauthenticated) as refused:
        tokens.read(token)
    assert refused.value.code == "token_expired"


def part(text: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(text).encode()).decode().rstrip("=")


def tampered(token: str) -> str:
    head, claims, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return ".".join((head, part({**known, "sid": 1}), signature))


def unsigned(token: str) -> str:
    return ".".join((part({"alg": "none", "typ": "JWT"}), token.split(".")[1], ""))


def signed_with_another_secret(token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, "another secret of at least thirty-two", algorithm="HS256")


def without_an_end(token: str) -> str:
    return jwt.encode({"sid": 3}, SECRET, algorithm="HS256")


def with_another_algorithm(token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, SECRET * 2, algorithm="HS512")


def cut_off(token: str) -> str:
    return token[:-1]


def not_a_token(token: str) -> str:
    return "\ud83d"


@pytest.mark.parametrize(
    "forge",
    [
        tampered,
        unsigned,
        signed_with_another_secret,
        without_an_end,
        with_another_algorithm,
        cut_off,
        not_a_token,
        lambda token: "",
        lambda token: "a.b.c",
        lambda token: token + ".x",
    ],
)
def test_a_forged_token_is_refused(tokens: JwtTokens, forge: object) -> None:
    token = tokens.sign({"sid": 3}, HOUR)
    with pytest.raises(Unauthenticated) as refused:
        tokens.read(forge(token))  # type: ignore[operator]  # one of the functions above
    assert refused.value.code == "token_invalid"


def test_an_expiry_cannot_be_prolonged(tokens: JwtTokens, clock: FixedClock) -> None:
    head, _claims, _ = tokens.sign({"sid": 3}, HOUR).split(".")
    longer = part({"sid": 3, "exp": 9_999_999_999})
    guess = hmac.digest(b"secret", f"{head}.{longer}".encode(), hashlib.sha256)
    with pytest.raises(Unauthenticated):
        tokens.read(f"{head}.{longer}.{base64.urlsafe_b64encode(guess).decode().rstrip('=')}")


# -- files ---------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path, clock: FixedClock) -> LocalFiles:
    (tmp_path / "passwd").write_bytes(b"secret")
    (tmp_path / "files").mkdir()
    return LocalFiles(tmp_path / "files", base_url="https://educore.uz/", secret=SECRET, clock=clock)


def test_a_file_is_kept_and_read_back(files: LocalFiles) -> None:
    key = files.save(b"\x89PNG", folder="logo", name="crest.png")
    assert key.startswith("logo/")
    assert key.endswith("/crest.png")
    assert files.read(key) == b"\x89PNG"


def test_two_files_of_one_name_do_not_meet(files: LocalFiles) -> None:
    one, other = (files.save(b"x", folder="logo", name="crest.png") for _ in range(2))
    assert one != other


def test_a_deleted_file_is_gone_and_may_be_deleted_again(files: LocalFiles) -> None:
    key = files.save(b"x", folder="logo", name="crest.png")
    files.delete(key)
    files.delete(key)
    with pytest.raises(NotFound):
        files.read(key)


@pytest.mark.parametrize(
    "key", ["../passwd", "logo/../../passwd", "/etc/passwd", "", ".", "logo", "a" * 5000, "a\0b", "logo/\ud83d"]
)
def test_a_key_opens_nothing_but_a_file_of_ours(files: LocalFiles, key: str) -> None:
    files.save(b"x", folder="logo", name="crest.png")
    with pytest.raises(NotFound):
        files.read(key)


def test_nothing_outside_the_folder_can_be_deleted(files: LocalFiles, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        files.delete("../passwd")
    assert (tmp_path / "passwd").exists()


@pytest.mark.parametrize("name", ["../../passwd", "../crest.png", "/etc/passwd", "..", "", "a\0b.png", "\ud83d.png"])
def test_a_name_cannot_leave_its_folder(files: LocalFiles, name: str, tmp_path: Path) -> None:
    key = files.save(b"x", folder="logo", name=name)
    assert key.startswith("logo/")
    assert len(key.split("/")) == 3
    assert ".." not in key.split("/")
    assert files.read(key) == b"x"


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "я" * 200 + ".png"])
def test_a_long_name_gives_a_key_that_fits_its_column_and_the_disk(files: LocalFiles, name: str) -> None:
    key = files.save(b"x", folder="logo", name=name)
    assert len(key) <= 255
    assert key.endswith(".png")
    assert files.read(key) == b"x"


def parts_of(address: str) -> tuple[str, dict[str, str]]:
    split = urlsplit(address)
    key = unquote(split.path.removeprefix("/files/"))
    return key, {name: given[0] for name, given in parse_qs(split.query).items()}


def test_an_address_opens_its_file(files: LocalFiles) -> None:
    address = files.url("logo/1/мой герб.png")
    key, signed = parts_of(address)
    assert address.startswith("https://educore.uz/files/logo/1/")
    assert key == "logo/1/мой герб.png"
    assert files.is_valid(key, **signed)


def test_an_address_opens_no_other_file(files: LocalFiles) -> None:
    _, signed = parts_of(files.url("logo/1/crest.png"))
    assert not files.is_valid("logo/2/crest.png", **signed)


def test_an_address_works_for_an_hour_and_not_for_three(files: LocalFiles, clock: FixedClock) -> None:
    key, signed = parts_of(files.url("logo/1/crest.png"))
    clock.advance(minutes=60)
    assert files.is_valid(key, **signed)
    clock.advance(minutes=61)
    assert not files.is_valid(key, **signed)


def test_an_address_stays_the_same_for_a_while_so_that_browsers_can_keep_it(
    files: LocalFiles, clock: FixedClock
) -> None:
    first = files.url("logo/1/crest.png")
    clock.advance(minutes=20)
    assert files.url("logo/1/crest.png") == first


@pytest.mark.parametrize(
    "made_up",
    [
        {"until": "9999999999"},
        {"until": "9" * 5000},
        {"until": "-1"},
        {"until": "soon"},
        {"until": ""},
        {"signature": "x"},
        {"signature": ""},
        {"signature": "\ud83d"},
    ],
    ids=lambda made_up: str(made_up)[:30],
)
def test_an_address_cannot_be_made_up(files: LocalFiles, made_up: dict[str, str]) -> None:
    key, signed = parts_of(files.url("logo/1/crest.png"))
    assert not files.is_valid(key, **{**signed, **made_up})


def test_another_secret_signs_other_addresses(files: LocalFiles, tmp_path: Path, clock: FixedClock) -> None:
    key, signed = parts_of(files.url("logo/1/crest.png"))
    others = LocalFiles(tmp_path, base_url="https://educore.uz", secret="another", clock=clock)
    assert not others.is_valid(key, **signed)
