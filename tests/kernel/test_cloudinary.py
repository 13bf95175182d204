"""Cloudinary: the signatures that it asks for and the files that lie there, tried against a stand-in for it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, unquote

import httpx
import pytest

from educore import FixedClock, NotFound, Unavailable, memory_ports
from educore.adapters.cloudinary import Cloudinary, FilesWithCloudinary, sign_parameters
from educore.adapters.connections import LARGEST_FILE
from educore.adapters.local_files import LocalFiles
from educore.adapters.local_uploads import LocalUploads
from educore.adapters.memory import MemoryFiles
from educore.kernel import UploadKind, Uploads, owns_key

NAME, KEY, SECRET = "madrasti", "1234", "abcd"
HOUR = 3600
NOW = FixedClock().now()


def signature_of(form: dict[str, str]) -> str:
    """The signature that Cloudinary computes of a form, written from its documentation and not from our code."""
    signed = [f"{name}={form[name]}" for name in sorted(form) if name not in ("file", "api_key", "signature")]
    return hashlib.sha1(("&".join(signed) + SECRET).encode()).hexdigest()  # noqa: S324


@dataclass
class Account:
    """An account of Cloudinary: its files by resource type and public id, and the address of its server."""

    clock: FixedClock
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    url: str = ""
    fails: bool = False

    def accept(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """Answer a POST."""
        found = re.fullmatch(rf"/v1_1/{NAME}/(image|video|raw)/(upload|destroy)", path)
        age = self.clock.now().timestamp() - int(form.get("timestamp", "0"))
        if self.fails or found is None:
            return 500, {"error": {"message": "General Error"}}
        if form.get("api_key") != KEY or form.get("signature") != signature_of(form) or age > HOUR:
            return 401, {"error": {"message": "Invalid Signature"}}
        resource_type, act = found.groups()
        if act == "destroy":
            gone = self.files.pop((resource_type, form["public_id"]), None)
            return 200, {"result": "ok" if gone is not None else "not found"}
        public_id = f"{form['folder']}/x{len(self.files)}"
        self.files[resource_type, public_id] = form["file"].encode()
        return 200, {"public_id": public_id, "secure_url": f"{self.url}/{NAME}/{resource_type}/upload/{public_id}"}

    def find(self, path: str) -> bytes | None:
        """Answer a GET."""
        found = re.fullmatch(rf"/{NAME}/(image|video|raw)/upload/(.+)", unquote(path))
        return self.files.get((found[1], found[2])) if found else None


@contextmanager
def running(account: Account) -> Iterator[None]:
    """A server of this account."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
            status, answer = account.accept(self.path, form)
            self._send(status, json.dumps(answer).encode())

        def do_GET(self) -> None:
            content = account.find(self.path)
            self._send(404 if content is None else 200, content or b"")

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(500 if account.fails else status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        account.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.fixture
def account(clock: FixedClock) -> Iterator[Account]:
    """An empty account."""
    made = Account(clock)
    with running(made):
        yield made


@pytest.fixture
def cloud(account: Account, clock: FixedClock) -> Cloudinary:
    """What we make of it."""
    return Cloudinary(NAME, key=KEY, secret=SECRET, clock=clock, api_url=account.url, delivery_url=account.url)


def send(cloud: Cloudinary, kind: UploadKind, content: bytes, *, user_id: int = 25, **changes: str) -> httpx.Response:
    """Send a file as a client does: with the five fields of the document."""
    at = cloud._clock.now()
    signed = cloud.sign(cloud.folder("profiles", user_id, kind), kind=kind, most=1000, at=at)
    form = {
        "file": content.decode(),
        "signature": signed.signature,
        "timestamp": str(signed.timestamp),
        "api_key": signed.api_key,
        "folder": signed.folder,
    }
    return httpx.post(signed.url, data=form | changes, trust_env=False)


def test_the_signature_is_that_of_their_own_example() -> None:
    example = {"timestamp": 1315060510, "public_id": "sample_image"}
    assert sign_parameters(example, secret="abcd") == "b4ad47fb4e25c7bf5f92a20089f9db59bc302313"


@pytest.mark.parametrize("kind", list(UploadKind))
def test_they_take_what_we_sign_and_we_find_delete_and_own_it(
    cloud: Cloudinary, account: Account, kind: UploadKind
) -> None:
    sent = send(cloud, kind, b"a file").json()
    key = sent["public_id"]
    assert cloud.url(key) == sent["secure_url"]
    assert httpx.get(cloud.url(key), trust_env=False).content == cloud.read(key) == b"a file"
    assert owns_key(cloud, key, context="profiles", user_id=25, at=NOW)
    assert not owns_key(cloud, key, context="profiles", user_id=2, at=NOW)
    assert not owns_key(cloud, key, context="questions", user_id=25, at=NOW)
    cloud.delete(key)
    assert account.files == {}
    with pytest.raises(NotFound):
        cloud.read(key)
    cloud.delete(key)  # which is no error


@pytest.mark.parametrize("changes", [{"folder": "other"}, {"timestamp": "1"}, {"signature": "0" * 40}, {"tags": "x"}])
def test_they_refuse_what_we_did_not_sign(cloud: Cloudinary, account: Account, changes: dict[str, str]) -> None:
    assert send(cloud, UploadKind.IMAGE, b"x", **changes).status_code == 401
    assert account.files == {}


def test_the_secret_is_in_nothing_that_leaves_the_server(clock: FixedClock) -> None:
    cloud = Cloudinary(NAME, key=KEY, secret="s3cr3t-of-ours", clock=clock)
    folder = cloud.folder("profiles", 25, UploadKind.IMAGE)
    signed = cloud.sign(folder, kind=UploadKind.IMAGE, most=1, at=clock.now())
    assert "s3cr3t" not in repr(signed)
    assert signed.url == "https://api.cloudinary.com/v1_1/madrasti/image/upload"
    assert (signed.api_key, signed.timestamp) == (KEY, int(clock.now().timestamp()))
    assert cloud.url(f"{folder}/x") == f"https://res.cloudinary.com/madrasti/image/upload/{folder}/x"


@pytest.mark.parametrize(
    "key", ["", "cloudinary", "cloudinary/image/", "cloudinary/other/x", "cloudinary/image/../x", "cloudinary/image//x"]
)
def test_an_impossible_key_is_not_found(cloud: Cloudinary, key: str) -> None:
    for act in (cloud.read, cloud.delete, cloud.url):
        with pytest.raises(NotFound):
            act(key)


def test_what_fails_there_is_unavailable_here(cloud: Cloudinary, account: Account, clock: FixedClock) -> None:
    key = send(cloud, UploadKind.IMAGE, b"x").json()["public_id"]
    account.fails = True
    nowhere = Cloudinary(
        NAME, key=KEY, secret=SECRET, clock=clock, api_url="http://127.0.0.1:1", delivery_url="http://127.0.0.1:1"
    )
    for act in (cloud.read, cloud.delete, nowhere.read, nowhere.delete):
        with pytest.raises(Unavailable):
            act(key)


def test_a_file_that_is_far_too_large_is_not_read_whole(
    cloud: Cloudinary, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = send(cloud, UploadKind.IMAGE, b"x" * 100).json()["public_id"]
    monkeypatch.setattr("educore.adapters.cloudinary.LARGEST_FILE", 99)
    with pytest.raises(Unavailable):
        cloud.read(key)
    assert LARGEST_FILE > 50 * 1024 * 1024  # the largest that clients may send


def test_both_storages_work_side_by_side(cloud: Cloudinary, account: Account) -> None:
    own = MemoryFiles()
    files = FilesWithCloudinary(own, cloud)
    here, there = files.save(b"here", folder="logo", name="a.png"), send(cloud, UploadKind.IMAGE, b"there").json()
    there = there["public_id"]
    assert (files.read(here), files.read(there)) == (b"here", b"there")
    assert (files.url(here), files.url(there)) == (own.url(here), cloud.url(there))
    files.delete(here)
    assert (own.contents, len(account.files)) == ({}, 1)
    files.delete(there)
    assert account.files == {}


# -- what both kinds of uploads have in common ---------------------------------------------------------


@pytest.fixture(params=["local", "cloudinary"])
def uploads(request: pytest.FixtureRequest, clock: FixedClock) -> Uploads:
    """Each of them."""
    if request.param == "local":
        return LocalUploads(base_url="http://school.test", secret="s" * 40, clock=clock)
    return Cloudinary(NAME, key=KEY, secret=SECRET, clock=clock)


def test_a_key_belongs_to_whoever_can_sign_its_folder(uploads: Uploads) -> None:
    signed = uploads.sign(uploads.folder("profiles", 25, UploadKind.IMAGE), kind=UploadKind.IMAGE, most=1, at=NOW)
    folder = signed.folder
    assert owns_key(uploads, f"{folder}/x", context="profiles", user_id=25, at=NOW)
    for key, context, user_id in (
        (f"{folder}/x", "profiles", 2),
        (f"{folder}/x", "profiles", 255),
        (f"{folder}/x", "questions", 25),
        (folder, "profiles", 25),
        (f"{folder}/", "profiles", 25),
        (f"{folder}x/x", "profiles", 25),
        (f"{folder.rpartition('/')[0]}/x", "profiles", 25),
        (f"{folder}/../{folder.rpartition('/')[2]}/x", "profiles", 25),
        (f"{folder}/./x", "profiles", 25),
        (f"{folder}//x", "profiles", 25),
        (f"{folder}/a\\b", "profiles", 25),
        (f"{folder}/a\nb", "profiles", 25),
        (f"{folder}/{'x' * 255}", "profiles", 25),
        ("", "profiles", 25),
    ):
        assert not owns_key(uploads, key, context=context, user_id=user_id, at=NOW), key


def test_a_file_is_attached_within_a_day(uploads: Uploads) -> None:
    folder = uploads.folder("profiles", 25, UploadKind.IMAGE)
    key = f"{uploads.sign(folder, kind=UploadKind.IMAGE, most=1, at=NOW).folder}/x"
    for age, is_owned in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
        assert owns_key(uploads, key, context="profiles", user_id=25, at=NOW + age) is is_owned


def test_another_secret_makes_other_folders(clock: FixedClock) -> None:
    first, second = (LocalUploads(base_url="http://x", secret=secret * 40, clock=clock) for secret in "ab")
    assert first.folder("profiles", 1, UploadKind.IMAGE) != second.folder("profiles", 1, UploadKind.IMAGE)


def test_whoever_sets_up_no_uploads_signs_none(clock: FixedClock) -> None:
    refusing = memory_ports(clock=clock).uploads
    folder = refusing.folder("profiles", 1, UploadKind.IMAGE)
    with pytest.raises(Unavailable):
        refusing.sign(folder, kind=UploadKind.IMAGE, most=1, at=clock.now())


def test_a_key_of_an_upload_is_one_of_the_folder_of_files(tmp_path: Path, clock: FixedClock) -> None:
    uploads = LocalUploads(base_url="http://x", secret="s" * 40, clock=clock)
    files = LocalFiles(tmp_path, base_url="http://x", secret="s" * 40, clock=clock)
    folder = uploads.folder("absence_documents", 10**18, UploadKind.DOCUMENT)
    signed = uploads.sign(folder, kind=UploadKind.DOCUMENT, most=1, at=NOW)
    key = files.save(b"x", folder=signed.folder, name="x" * 300 + ".pdf")
    assert owns_key(uploads, key, context="absence_documents", user_id=10**18, at=NOW)
    assert list(files.keys("uploads")) == [key]
