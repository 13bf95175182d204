"""Files that clients send by themselves: the signed address, what it takes, and the fields that name the file."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from educore import Shape, Unavailable, UnitOfWork, perform, where
from educore.identity import User
from educore.kernel import PLATFORM, SignedUpload, UploadKind, owns_key
from educore.values import PersonName
from educore_web.app import APIS, compose
from educore_web.rest.attachments import Attached
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.spec import ApiSpec
from educore_web.rest.uploads import Attachment, keep_files
from educore_web.runtime.unused_uploads import delete_unused_uploads
from support.lockers.api import CodeDialect
from support.web.client import HOST, Answer, AsgiConnection
from support.web.running_platform import RunningPlatform
from support.web.sample_files import HTML, MEGABYTE, PNG, SVG

GIF = b"GIF87a\1\0\1\0\x80\0\0\0\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\x08\4\0\1\4\4\0;"
MOV = b"\0\0\0\x14ftypqt  \0\0\0\0qt  "
ProfilePicture = Annotated[Attachment, Attached("profiles", UploadKind.IMAGE)]
PDF = b"%PDF-1.7\n"
MP3 = b"ID3\x04\0\0"
PAGES = "https://pages.example"


class PersonIn(Body, of=User):
    """A person with a picture."""

    first_name: PersonName = ""
    picture: Annotated[ProfilePicture | None, To("image")] = None


class PersonOut(Shape, of=User):
    """A person."""

    id: int
    first_name: str


def change_profile(uow: UnitOfWork, data: PersonIn) -> dict[str, Any]:
    """Change the caller's own account, as a profile does."""
    account = perform(uow, User, "update", uow.actor.user_id, keep_files(uow, data.fields()))
    return {"picture": account.image}


PEOPLE = ApiSpec("people", title="People", prefix="/people-api", base="/v1", dialect=CodeDialect(), examples={})
OPERATIONS = [
    PEOPLE.operation("PATCH", "/profile/", change_profile, body=PersonIn, out=PersonOut),
    PEOPLE.retrieve("/people/{id}/", PersonOut),
    PEOPLE.update("/people/{id}/", User, PersonIn, PersonOut, method="PATCH"),
]


class Desk:
    """An API with a picture of each person, and the addresses to which pictures are sent."""

    def __init__(self, site: RunningPlatform) -> None:
        self.site, self.school = site, site.platform.school
        settings = site.platform.settings.model_copy(update={"origins": PAGES})
        platform = replace(site.platform, settings=settings)
        self.wire = AsgiConnection(compose(platform, apis={**APIS, "people": (PEOPLE, OPERATIONS)}))

    def sign(
        self, who: str, kind: UploadKind = UploadKind.IMAGE, *, context: str = "profiles", most: int = 5 * MEGABYTE
    ) -> SignedUpload:
        """Sign an upload of somebody."""
        uploads = self.school.ports.uploads
        folder = uploads.folder(context, self.id(who), kind)
        return uploads.sign(folder, kind=kind, most=most, at=self.site.clock.now())

    def id(self, who: str) -> int:
        """The id of somebody's account."""
        with self.school.work(PLATFORM, read_only=True) as uow:
            (account,) = uow.find(User, where(username=who))
        return account.id

    def send(
        self, signed: SignedUpload, content: bytes, name: str = "me.png", *, headers: Any = None, **other: Any
    ) -> Answer:
        """Send a file with the fields of a signature, some of them changed."""
        form = {"signature": signed.signature, "timestamp": str(signed.timestamp), "api_key": signed.api_key}
        form |= {"folder": signed.folder} | other
        return self.wire.send(
            "POST",
            signed.url,
            headers=headers,
            data={field: value for field, value in form.items() if value is not None},
            files={"file": (name, content)},
        )

    def upload(self, who: str, content: bytes = PNG, name: str = "me.png", **options: Any) -> str:
        """Send a file of somebody and return its key."""
        answer = self.send(self.sign(who, **options), content, name)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["public_id"])

    def patch(self, who: str, path: str, **fields: Any) -> Answer:
        """Change something as somebody, with JSON."""
        return self._call(who, path, content=json.dumps(fields).encode(), kind="application/json")

    def patch_form(self, who: str, path: str, **options: Any) -> Answer:
        """Change something as somebody, with a form."""
        return self._call(who, path, **options)

    def _call(self, who: str, path: str, *, kind: str | None = None, **options: Any) -> Answer:
        headers = {"authorization": f"Bearer {self.site.tokens[who].access}"}
        headers |= {"content-type": kind} if kind else {}
        return self.wire.send("PATCH", f"/people-api/v1{path}", headers=headers, **options)

    def picture(self, who: str) -> str | None:
        """The key of somebody's picture."""
        with self.school.work(PLATFORM, read_only=True) as uow:
            return uow.get(User, self.id(who)).image

    def stored(self) -> list[bytes]:
        """The content of every stored file."""
        folder = self.site.platform.settings.files
        return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def desk(site: RunningPlatform) -> Iterator[Desk]:
    """The desk of this platform."""
    made = Desk(site)
    yield made
    made.wire.close()


# -- sending -------------------------------------------------------------------------------------------


def test_a_picture_is_sent_attached_and_opened(desk: Desk) -> None:
    answer = desk.send(desk.sign("rustam"), PNG, "Мен.png")
    sent = answer.json()
    assert answer.status_code == 200
    assert sent["public_id"].startswith(f"uploads/profiles/{desk.id('rustam')}-")
    assert {name: sent[name] for name in ("format", "resource_type", "bytes", "width", "height", "created_at")} == {
        "format": "png",
        "resource_type": "image",
        "bytes": len(PNG),
        "width": 1,
        "height": 1,
        "created_at": "2024-01-01T10:00:00Z",
    }
    assert sent["original_filename"] == "Мен"
    assert desk.wire.send("GET", sent["secure_url"].removeprefix(HOST)).content == PNG
    changed = desk.patch("rustam", "/profile/", picture=sent["public_id"])
    assert (changed.status_code, changed.json()) == (200, {"picture": sent["public_id"]})
    assert desk.picture("rustam") == sent["public_id"]


@pytest.mark.parametrize(
    ("kind", "name", "content", "found"),
    [
        (UploadKind.IMAGE, "a.gif", GIF, "gif"),
        (UploadKind.DOCUMENT, "a.pdf", PDF, "pdf"),
        (UploadKind.DOCUMENT, "a.txt", b"Salom", "txt"),
        (UploadKind.AUDIO, "a.mp3", MP3, "mp3"),
        (UploadKind.VIDEO, "a.mov", MOV, "mov"),
        (UploadKind.VIDEO, "a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08mdat", "mp4"),
    ],
)
def test_each_kind_takes_its_formats(desk: Desk, kind: UploadKind, name: str, content: bytes, found: str) -> None:
    answer = desk.send(desk.sign("rustam", kind), content, name)
    assert (answer.status_code, answer.json().get("format")) == (200, found), answer.text


def test_fields_in_any_order_and_further_ones_are_taken(desk: Desk) -> None:
    signed = desk.sign("rustam")
    assert desk.send(signed, PNG, tags="me").status_code == 200
    assert desk.send(signed, PNG, api_key="another").status_code == 200


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        (UploadKind.IMAGE, "me.png", HTML),
        (UploadKind.IMAGE, "me.png", SVG),
        (UploadKind.IMAGE, "me.png", PDF),
        (UploadKind.IMAGE, "me.png", b""),
        (UploadKind.IMAGE, "me.png", PNG[:20]),
        (UploadKind.DOCUMENT, "a.pdf", HTML),
        (UploadKind.DOCUMENT, "a.txt", HTML),
        (UploadKind.DOCUMENT, "a.docx", PDF),
        (UploadKind.DOCUMENT, "a.png", PNG),
        (UploadKind.AUDIO, "a.mp3", PNG),
        (UploadKind.VIDEO, "a.mp4", MP3),
    ],
)
def test_a_file_that_is_not_what_was_announced_is_refused_and_not_kept(
    desk: Desk, kind: UploadKind, name: str, content: bytes
) -> None:
    answer = desk.send(desk.sign("rustam", kind), content, name)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert desk.stored() == []


def test_a_picture_of_too_many_pixels_is_refused_before_they_are_unpacked(desk: Desk) -> None:
    assert desk.send(desk.sign("rustam"), picture_of(2048, 2048)).status_code == 200
    for width, height in ((2049, 1), (1, 2049), (10_000, 10_000), (20_000, 20_000)):
        assert desk.send(desk.sign("rustam"), picture_of(width, height)).status_code == 400
    assert len(desk.stored()) == 1


def picture_of(width: int, height: int) -> bytes:
    """The beginning of a PNG of that size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG[:12] + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]


def test_the_limit_of_bytes_is_the_signed_one(desk: Desk) -> None:
    signed = desk.sign("rustam", most=len(PNG) + 10)
    assert desk.send(signed, PNG + b"\0" * 10).status_code == 200
    assert desk.send(signed, PNG + b"\0" * 11).status_code == 400
    assert desk.send(signed, PNG + b"\0" * MEGABYTE).status_code == 400
    assert len(desk.stored()) == 1


def test_no_more_than_the_limit_is_read_of_a_body_that_does_not_end(desk: Desk) -> None:
    signed, read = desk.sign("rustam", most=1000), 0
    begin = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 10_000
        return {"type": "http.request", "body": begin if read == 10_000 else b"\0" * 10_000, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    scope = {"type": "http", "method": "POST", "path": "/uploads/image/upload", "headers": headers}
    scope |= {"query_string": urlsplit(signed.url).query.encode(), "client": None, "http_version": "1.1"}
    desk.wire.runner.get_loop().run_until_complete(desk.wire.app(scope, receive, send))
    assert sent[0]["status"] == 400
    assert read < 60_000
    assert desk.stored() == []


# -- signatures ----------------------------------------------------------------------------------------

Change = Callable[[SignedUpload], SignedUpload]


def _query(**changes: str) -> Change:
    def change(signed: SignedUpload) -> SignedUpload:
        address, _, query = signed.url.partition("?")
        parameters = {name: values[0] for name, values in parse_qs(query).items()}
        return replace(signed, url=f"{address}?{urlencode(parameters | changes)}")

    return change


@pytest.mark.parametrize(
    "tamper",
    [
        _query(signature="0" * 64),
        _query(signature=""),
        _query(signature="ё"),
        _query(folder="uploads/profiles/1-00000000"),
        _query(folder="../../etc"),
        _query(max_size="999999999"),
        _query(max_size="x"),
        _query(max_size="9" * 5000),
        _query(timestamp="0"),
        _query(timestamp="²"),
        lambda signed: replace(signed, url=signed.url.partition("?")[0]),
        lambda signed: replace(signed, url=f"{signed.url}&folder=other"),
        lambda signed: replace(signed, url=signed.url.replace("/image/", "/video/")),
        lambda signed: replace(signed, folder="uploads/profiles/1-00000000"),
        lambda signed: replace(signed, folder=f"{signed.folder}/../x"),
        lambda signed: replace(signed, signature="0" * 64),
        lambda signed: replace(signed, signature=""),
        lambda signed: replace(signed, timestamp=signed.timestamp + 1),
    ],
)
def test_a_changed_signature_is_refused_and_nothing_kept(desk: Desk, tamper: Change) -> None:
    signed = desk.sign("rustam")
    assert desk.send(tamper(signed), PNG).status_code == 401
    assert desk.stored() == []
    assert desk.send(signed, PNG).status_code == 200


@pytest.mark.parametrize("missing", ["signature", "timestamp", "folder"])
def test_a_form_without_a_signed_field_is_refused(desk: Desk, missing: str) -> None:
    assert desk.send(desk.sign("rustam"), PNG, **{missing: None}).status_code == 401
    assert desk.stored() == []


def test_a_signature_works_for_five_minutes(desk: Desk) -> None:
    signed = desk.sign("rustam")
    assert (signed.expires_at - desk.site.clock.now()).total_seconds() == 300
    desk.site.clock.advance(seconds=299)
    assert desk.send(signed, PNG).status_code == 200
    desk.site.clock.advance(seconds=1)
    assert desk.send(signed, PNG).status_code == 401


def test_a_receipt_signs_no_upload(desk: Desk) -> None:
    signed = desk.sign("rustam")
    receipt = desk.send(signed, PNG).json()["signature"]
    assert desk.send(_query(signature=receipt)(replace(signed, signature=receipt)), PNG).status_code == 401


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "", 415),
        (b"", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n\r\n\r\n--b--", "multipart/form-data; boundary=b", 400),
        (b"--b--", "multipart/form-data; boundary=b", 401),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 20_000,
            "multipart/form-data; boundary=b",
            400,
        ),
        (b"\xff" * 500, "multipart/form-data; boundary=\xff; charset=rot13", 400),
    ],
)
def test_what_is_no_form_with_a_file_is_refused(desk: Desk, content: bytes, kind: str, status: int) -> None:
    headers = {"content-type": kind.encode("latin-1")}
    answer = desk.wire.send("POST", desk.sign("rustam").url, content=content, headers=headers)
    assert (answer.status_code, desk.stored()) == (status, []), answer.text


def test_a_text_where_the_file_belongs_is_refused(desk: Desk) -> None:
    signed = desk.sign("rustam")
    form = {"signature": signed.signature, "timestamp": signed.timestamp, "folder": signed.folder, "file": "x"}
    answer = desk.wire.send("POST", signed.url, files={name: (None, str(value)) for name, value in form.items()})
    assert answer.status_code == 400
    two = [("file", ("a.png", PNG)), ("file", ("b.png", PNG))]
    assert desk.wire.send("POST", signed.url, data={"folder": signed.folder}, files=two).status_code == 400


@pytest.mark.parametrize("name", ["../../x.png", "..\\x.png", "/etc/passwd", "x" * 3000 + ".png", "😀.png", "..", " "])
def test_whatever_a_file_is_called_it_stays_in_its_folder(desk: Desk, name: str) -> None:
    key = desk.upload("rustam", PNG, name)
    assert owns_key(
        desk.school.ports.uploads, key, context="profiles", user_id=desk.id("rustam"), at=desk.site.clock.now()
    )
    assert len(key) <= 255


def test_addresses_are_only_posted_to(desk: Desk) -> None:
    url = desk.sign("rustam").url
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = desk.wire.send(method, url)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    for path in ("/uploads", "/uploads/", "/uploads/secret/upload", "/uploads/image/upload/more"):
        assert desk.wire.send("POST", f"{path}?{urlsplit(url).query}").status_code in (401, 404)


def test_pages_of_allowed_sites_may_read_the_answer(desk: Desk) -> None:
    allowed = desk.send(desk.sign("rustam"), PNG, headers={"origin": PAGES})
    assert allowed.headers["access-control-allow-origin"] == PAGES
    stranger = desk.send(desk.sign("rustam"), PNG, headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


def test_refusals_are_in_the_language_of_the_client(desk: Desk) -> None:
    answer = desk.send(desk.sign("rustam"), HTML, headers={"accept-language": "ru"})
    assert "Допустимые" in answer.json()["error"]["message"]


# -- attaching -----------------------------------------------------------------------------------------


def test_a_key_of_somebody_else_or_of_another_purpose_is_refused(desk: Desk) -> None:
    mine, theirs = desk.upload("rustam"), desk.upload("dilshod")
    other_use = desk.upload("rustam", context="questions")
    for key in (
        theirs,
        other_use,
        f"{mine}x",
        mine.rpartition("/")[0],
        f"{mine.rpartition('/')[0]}/../../{theirs.removeprefix('uploads/profiles/')}",
        f"{mine.split('/')[0]}/profiles/../profiles/{mine.split('/', 2)[2]}",
        "logo/1/crest.png",
        "/etc/passwd",
        "nothing",
        "a\0b",
        "x" * 256,
    ):
        answer = desk.patch("rustam", "/profile/", picture=key)
        assert (answer.status_code, set(answer.json())) == (400, {"picture"}), (key, answer.text)
    assert desk.patch("rustam", "/profile/", picture="\ud800").status_code == 400
    assert desk.picture("rustam") is None
    assert desk.patch("rustam", "/profile/", picture=mine).status_code == 200
    assert len(desk.stored()) == 3


@pytest.mark.parametrize("value", [5, ["x"], {"key": "x"}, True])
def test_what_is_neither_a_key_nor_a_file_is_refused_on_its_field(desk: Desk, value: Any) -> None:
    answer = desk.patch("rustam", "/profile/", picture=value)
    assert (answer.status_code, answer.json()) == (400, {"picture": ["not_a_file"]})


def test_a_key_whose_content_is_no_picture_is_refused_and_the_file_deleted(desk: Desk) -> None:
    folder = desk.sign("rustam").folder
    key = desk.school.ports.files.save(HTML, folder=folder, name="me.png")  # as if the storage had taken it
    answer = desk.patch("rustam", "/profile/", picture=key)
    assert (answer.status_code, answer.json()) == (400, {"picture": ["file_type"]})
    assert desk.stored() == []


def test_the_file_itself_is_taken_too(desk: Desk) -> None:
    answer = desk.patch_form("rustam", "/profile/", data={"first_name": "Rustam"}, files={"picture": ("a.png", PNG)})
    assert answer.status_code == 200
    assert answer.json()["picture"].startswith("user-image/")
    refused = desk.patch_form("rustam", "/profile/", files={"picture": ("a.png", HTML)})
    assert refused.json() == {"picture": ["file_type"]}
    assert desk.stored() == [PNG]


def test_a_replaced_picture_is_deleted_and_null_removes_it(desk: Desk) -> None:
    first, second = desk.upload("rustam", PNG), desk.upload("rustam", GIF, "me.gif")
    for key in (first, second):
        assert desk.patch("rustam", "/profile/", picture=key).status_code == 200
    assert desk.stored() == [GIF]
    assert desk.patch("rustam", "/profile/", picture=None).status_code == 200
    assert (desk.picture("rustam"), desk.stored()) == (None, [])


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_key_is_none(desk: Desk, empty: str) -> None:
    desk.patch("rustam", "/profile/", picture=desk.upload("rustam"))
    assert desk.patch("rustam", "/profile/", picture=empty).status_code == 200
    assert desk.picture("rustam") is None


def test_a_key_that_is_left_out_stays(desk: Desk) -> None:
    key = desk.upload("rustam")
    desk.patch("rustam", "/profile/", picture=key)
    assert desk.patch("rustam", "/profile/", first_name="Rus").status_code == 200
    assert desk.picture("rustam") == key


def test_the_key_that_a_row_has_may_come_back_whoever_uploaded_it(desk: Desk) -> None:
    key = desk.upload("rustam")
    path = f"/people/{desk.id('dilshod')}/"
    assert desk.patch("rustam", path, picture=key).status_code == 200
    assert desk.picture("dilshod") == key
    desk.site.clock.advance(minutes=1)
    assert desk.patch("rustam", path, picture=key, first_name="D").status_code == 200
    assert desk.stored() == [PNG]


def test_two_rows_never_share_a_file(desk: Desk) -> None:
    key = desk.upload("rustam")
    assert desk.patch("rustam", f"/people/{desk.id('dilshod')}/", picture=key).status_code == 200
    answer = desk.patch("rustam", "/profile/", picture=key)
    assert (answer.status_code, answer.json()) == (400, {"picture": ["upload_unknown"]})


def test_a_key_tells_nothing_of_rows_that_somebody_may_not_see(desk: Desk) -> None:
    for key in (desk.upload("rustam"), "nothing"):
        assert desk.patch("dilshod", "/people/999999/", picture=key).status_code == 404


def test_the_document_says_that_the_field_takes_a_key_and_a_file(desk: Desk) -> None:
    document = desk.wire.send("GET", "/people-api/openapi.json").json()
    content = document["paths"]["/v1/profile/"]["patch"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    (picture,) = [
        schema["properties"]["picture"]
        for name, schema in document["components"]["schemas"].items()
        if name == "PersonIn"
    ]
    assert {"type": "null"} in picture["anyOf"]
    assert picture["anyOf"][0]["type"] == "string"


def test_an_upload_that_nobody_attaches_is_deleted_and_every_other_file_stays(desk: Desk) -> None:
    attached, forgotten = desk.upload("rustam", PNG), desk.upload("rustam", GIF, "me.gif")
    assert desk.patch("rustam", "/profile/", picture=attached).status_code == 200
    desk.school.ports.files.save(PNG, folder="logo", name="crest.png")
    for hours, left in ((24, 3), (2, 2), (1000, 2)):
        desk.site.clock.advance(hours=hours)
        delete_unused_uploads(desk.school)
        assert len(desk.stored()) == left
    assert desk.picture("rustam") == attached
    assert forgotten not in desk.school.ports.files.keys("uploads")


def test_nothing_is_left_of_a_file_that_cannot_be_stored(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **options: Any) -> str:
        raise Unavailable("files_unavailable")

    monkeypatch.setattr(type(desk.school.ports.files), "save", refuse)
    answer = desk.send(desk.sign("rustam"), PNG)
    assert (answer.status_code, desk.stored()) == (503, [])
    assert answer.headers["retry-after"].isdecimal()


def test_without_a_storage_of_its_own_the_addresses_are_not_found(site: RunningPlatform, tmp_path: Path) -> None:
    wire = AsgiConnection(compose(replace(site.platform, uploads=None)))
    signed = Desk(site).sign("rustam")
    assert wire.send("POST", signed.url, files={"file": ("a.png", PNG)}).status_code == 404
    wire.close()
