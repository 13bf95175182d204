"""What every storage of files keeps to: in memory, in a folder, in a bucket."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import httpx
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from educore import FixedClock, NotFound, Unavailable
from educore.adapters.local_files import LocalFiles
from educore.adapters.memory import MemoryFiles
from educore.adapters.s3 import S3Files
from educore.kernel.ports import Files, is_shown, new_key, safe_name
from support.parametrize import each

BUCKET = "school"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "somebody",
    "AWS_SECRET_ACCESS_KEY": "a secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}
EVERYTHING = bytes(range(256)) * 10
NAMES = [
    "crest.png",
    "../../x",
    "..",
    ".",
    "",
    " ",
    "a/b\\c",
    "a/",
    "C:\\x.pdf",
    "/etc/passwd",
    ".htaccess",
    "a\0b.pdf",
    "a\r\nb.pdf",
    "x" * 300 + ".pdf",
    "я" * 300 + ".pdf",
    "😀" * 300 + ".pdf",
    "𐐀" * 300 + ".pdf",
    "x." + "y" * 300,
    "вазифа 1.docx",
    "o‘quvchi.docx",
    "a?b#c&d=e+f.pdf",
    "%2e%2e%2fx.pdf",
    "\ud83d.pdf",
    "'\"<>|.pdf",
]


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    """The address of an S3 that lives in this process; the credentials are made up and this computer's own unseen."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def aws(storage: str) -> Iterator[Any]:
    """A client of that storage, in which there is a bucket."""
    client = boto3.Session().client("s3", endpoint_url=storage)
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()


@pytest.fixture(scope="module")
def bucket(aws: Any, storage: str) -> S3Files:
    return S3Files(BUCKET, endpoint_url=storage)


@pytest.fixture
def folder(tmp_path: Path, clock: FixedClock) -> LocalFiles:
    return LocalFiles(tmp_path / "files", base_url="https://educore.uz", secret="s" * 40, clock=clock)


@pytest.fixture(params=["memory", "folder", "bucket"])
def files(request: pytest.FixtureRequest) -> Files:
    """Each storage in turn."""
    if request.param == "memory":
        return MemoryFiles()
    found: Files = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["folder", "bucket"])
def lasting_files(request: pytest.FixtureRequest) -> Files:
    """The storages that outlive the process, where names meet disks, columns and other people."""
    found: Files = request.getfixturevalue(request.param)
    return found


# -- what all of them keep to --------------------------------------------------------------------------


@pytest.mark.parametrize("content", [EVERYTHING, b"", b"\r\n", "вазифа".encode()], ids=["all", "none", "lines", "text"])
def test_what_is_saved_is_read_back_byte_for_byte(files: Files, content: bytes) -> None:
    assert files.read(files.save(content, folder="homework-file", name="essay.pdf")) == content


@each("name", NAMES)
def test_whatever_a_file_is_called_it_is_kept_read_and_deleted(files: Files, name: str) -> None:
    key = files.save(b"x", folder="logo", name=name)
    assert files.read(key) == b"x"
    files.delete(key)
    with pytest.raises(NotFound):
        files.read(key)


def test_two_files_of_one_name_are_two_files(files: Files) -> None:
    one, other = files.save(b"1", folder="logo", name="a.png"), files.save(b"2", folder="logo", name="a.png")
    assert (files.read(one), files.read(other)) == (b"1", b"2")


def test_the_keys_of_a_folder_are_listed_and_no_others(files: Files) -> None:
    keys = {files.save(b"x", folder=f"uploads/profiles/{number}", name="a.png") for number in range(3)}
    for other in ("uploads-of-others", "logo"):
        files.save(b"x", folder=other, name="a.png")
    assert set(files.keys("uploads")) == keys
    assert list(files.keys("nothing")) == []
    for key in keys:
        files.delete(key)
    assert list(files.keys("uploads")) == []


def test_a_long_list_in_a_bucket_is_read_to_its_end(bucket: S3Files, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {bucket.save(b"x", folder="many", name=f"{number}.png") for number in range(5)}
    whole = bucket._client.list_objects_v2
    monkeypatch.setattr(bucket._client, "list_objects_v2", lambda **place: whole(**place, MaxKeys=2))
    assert set(bucket.keys("many")) == keys


def test_a_file_may_be_deleted_twice_and_takes_no_other_with_it(files: Files) -> None:
    one, other = (files.save(b"x", folder="logo", name="a.png") for _ in range(2))
    files.delete(one)
    files.delete(one)
    with pytest.raises(NotFound):
        files.read(one)
    assert files.read(other) == b"x"


@pytest.mark.parametrize(
    "key", ["logo/7/a.png", "", ".", "..", "/etc/passwd", "logo/../x", "a\0b", "logo/\ud83d", "x" * 5000, "logo/"]
)
def test_nothing_is_read_under_a_key_that_was_not_given_out(files: Files, key: str) -> None:
    files.save(b"x", folder="logo", name="a.png")
    with pytest.raises(NotFound) as refused:
        files.read(key)
    assert refused.value.params["kind"] == "file"


def test_an_address_is_absolute(files: Files) -> None:
    assert urlsplit(files.url(files.save(b"x", folder="logo", name="a.png"))).scheme in ("http", "https", "memory")


# -- keys and names ------------------------------------------------------------------------------------


@each("name", NAMES)
def test_a_key_fits_its_column_and_has_three_steps_down(lasting_files: Files, name: str) -> None:
    key = lasting_files.save(b"x", folder="homework-file", name=name)
    folder, chance, last = key.split("/")
    assert len(key) <= 255
    assert (folder, len(chance), last) == ("homework-file", 32, safe_name(name))


def test_a_key_cannot_be_guessed_from_another(lasting_files: Files) -> None:
    keys = {lasting_files.save(b"x", folder="logo", name="a.png").split("/")[1] for _ in range(20)}
    assert len(keys) == 20


def test_a_long_folder_leaves_room_for_a_long_name() -> None:
    assert len(new_key("f" * 120, name="x" * 300)) <= 255


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("crest.png", "crest.png"),
        ("../../x", "x"),
        ("a/b\\c", "c"),
        ("C:\\Users\\Aziza\\essay.docx", "essay.docx"),
        ("Вазифа №3 (ўн).docx", "Вазифа__3__ўн_.docx"),
        ("oʻquv-reja_2.pdf", "oʻquv-reja_2.pdf"),
        ("作业.txt", "作业.txt"),
        ("हिन्दी.txt", "हिन्दी.txt"),
        ("и\u0306.txt", "й.txt"),
        ("..hidden.png", "hidden.png"),
        ("a..b.png", "a..b.png"),
        ("a\0b.png", "a_b.png"),
        ("evil\u202egnp.exe", "evil_gnp.exe"),
        ("😀.png", "_.png"),
        (" essay.pdf ", "essay.pdf"),
        ("", "file"),
        ("..", "file"),
        ("folder/", "file"),
    ],
)
def test_a_safe_name_stays_readable_in_every_script(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("letter", ["x", "я", "作", "𐐀"])
def test_a_long_name_keeps_its_ending(letter: str) -> None:
    safe = safe_name(letter * 300 + ".docx")
    assert safe.endswith(f"{letter}.docx")
    assert len(safe) <= 100
    assert len(safe.encode()) <= 255


def test_an_ending_that_is_none_is_cut_like_the_rest() -> None:
    assert safe_name("x." + "y" * 300) == ("x." + "y" * 300)[:100]


@each("name", NAMES)
def test_a_safe_name_is_safe_already(name: str) -> None:
    once = safe_name(name)
    assert safe_name(once) == once == unicodedata.normalize("NFC", once)


@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "audio/mpeg", "video/webm"])
def test_pictures_pdf_sound_and_films_are_shown(kind: str) -> None:
    assert is_shown(kind)


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "text/plain", "application/xml", "application/zip", ""])
def test_what_could_run_is_never_shown(kind: str) -> None:
    assert not is_shown(kind)


# -- a folder ------------------------------------------------------------------------------------------


def test_a_file_is_on_the_disk_with_its_name_before_anybody_hears_of_it(
    folder: LocalFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[tuple[int, int]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        kept.append((os.fstat(descriptor).st_ino, os.fstat(descriptor).st_size))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    path = folder.path(key := folder.save(EVERYTHING, folder="work/7", name="a.pdf"))
    assert kept[0] == (path.stat().st_ino, len(EVERYTHING))
    on_the_way = path.parents[: len(Path(key).parts)] if os.name == "posix" else ()
    assert [inode for inode, _ in kept[1:]] == [parent.stat().st_ino for parent in on_the_way]
    assert os.name != "posix" or kept[-1][0] == folder.path("x").parent.stat().st_ino


def opens(folder: LocalFiles, address: str) -> bool:
    split = urlsplit(address)
    signed = {name: given[0] for name, given in parse_qs(split.query).items()}
    return folder.is_valid(unquote(split.path.removeprefix("/files/")), **signed)


@each("name", NAMES)
def test_an_address_of_a_folder_opens_its_file_until_its_time_is_up(
    folder: LocalFiles, clock: FixedClock, name: str
) -> None:
    address = folder.url(folder.save(b"x", folder="logo", name=name))
    assert opens(folder, address)
    clock.advance(hours=1)
    assert opens(folder, address)
    clock.advance(hours=1)
    assert not opens(folder, address)


@each("name", NAMES)
def test_every_file_lies_in_the_folder(folder: LocalFiles, name: str, tmp_path: Path) -> None:
    key = folder.save(b"x", folder="logo", name=name)
    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert kept == folder.path(key)
    assert kept.is_relative_to(tmp_path / "files")
    folder.delete(key)


# -- a bucket ------------------------------------------------------------------------------------------


@each("name", NAMES)
def test_an_address_of_a_bucket_gives_the_bytes_to_anybody_who_has_it(bucket: S3Files, name: str) -> None:
    key = bucket.save(EVERYTHING, folder="logo", name=name)
    assert httpx.get(bucket.url(key), trust_env=False).content == EVERYTHING


@pytest.mark.parametrize("lifetime", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=7)])
def test_an_address_of_a_bucket_is_signed_and_says_how_long_it_works(
    aws: Any, storage: str, lifetime: timedelta
) -> None:
    address = S3Files(BUCKET, endpoint_url=storage, lifetime=lifetime).url("logo/1/a.png")
    signed = parse_qs(urlsplit(address).query)
    assert signed["X-Amz-Expires"] == [str(int(lifetime.total_seconds()))]
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-Signature"]


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("crest.png", "image/png", "inline"),
        ("СХЕМА.PDF", "application/pdf", "inline"),
        ("lesson.mp3", "audio/mpeg", "inline"),
        ("lesson.mp4", "video/mp4", "inline"),
        ("essay.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
        ("essay.txt", "text/plain", "attachment"),
        ("page.html", "text/html", "attachment"),
        ("crest.svg", "image/svg+xml", "attachment"),
        ("crest.svgz", "application/octet-stream", "attachment"),
        ("all.unheard-of", "application/octet-stream", "attachment"),
        ("essay", "application/octet-stream", "attachment"),
    ],
)
def test_a_bucket_gives_out_what_could_run_for_download_only(bucket: S3Files, name: str, kind: str, shown: str) -> None:
    headers = httpx.get(bucket.url(bucket.save(b"x", folder="logo", name=name)), trust_env=False).headers
    assert (headers["content-type"], headers["content-disposition"]) == (kind, shown)
    assert headers["cache-control"].startswith("private")


@pytest.mark.parametrize("prefix", ["branch", "branch/", "/branch/", "a/b"])
def test_a_prefix_is_a_folder_in_the_bucket_and_no_part_of_the_key(aws: Any, storage: str, prefix: str) -> None:
    files = S3Files(BUCKET, endpoint_url=storage, prefix=prefix)
    key = files.save(b"x", folder="logo", name="a.png")
    assert aws.get_object(Bucket=BUCKET, Key=f"{prefix.strip('/')}/{key}")["Body"].read() == files.read(key) == b"x"


def test_nothing_beside_its_prefix_can_be_read_or_deleted(aws: Any, storage: str) -> None:
    aws.put_object(Bucket=BUCKET, Key="theirs/x", Body=b"secret")
    files = S3Files(BUCKET, endpoint_url=storage, prefix="ours")
    for act in (files.read, files.delete, files.url):
        with pytest.raises(NotFound):
            act("../theirs/x")
    assert aws.get_object(Bucket=BUCKET, Key="theirs/x")["Body"].read() == b"secret"


def test_storage_that_cannot_be_reached_is_unavailable(aws: Any) -> None:
    once = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    nowhere = boto3.Session().client("s3", endpoint_url="http://127.0.0.1:1", config=once)
    files = S3Files(BUCKET, client=nowhere)
    acts = (files.read, files.delete, lambda key: files.save(b"x", folder="logo", name=key))
    for act in acts:
        with pytest.raises(Unavailable) as refused:
            act("logo/1/a.png")
        assert refused.value.__cause__ is not None
    nowhere.close()


def test_a_bucket_that_is_not_there_is_unavailable_and_not_an_empty_one(aws: Any, storage: str) -> None:
    files = S3Files("another-school", endpoint_url=storage)
    for act in (files.read, files.delete, lambda key: files.save(b"x", folder="logo", name=key)):
        with pytest.raises(Unavailable):
            act("logo/1/a.png")


def test_without_credentials_there_are_no_addresses(aws: Any, storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Unavailable):
        S3Files(BUCKET, endpoint_url=storage).url("logo/1/a.png")


@pytest.mark.parametrize("module", ["educore", "educore_web.app"])
def test_boto3_is_imported_by_those_who_use_it_only(module: str) -> None:
    program = f"import sys, {module}; print(*({{'boto3', 'botocore'}} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
