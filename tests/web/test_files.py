"""Logos and pictures: what is taken, where it can be opened, and when it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from educore import FixedClock
from educore.adapters.local_files import LocalFiles
from educore.adapters.s3 import S3Files
from educore_web.app import compose
from educore_web.public.files import FilePages
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings
from support.web.client import HOST, ApiResponse, AsgiConnection
from support.web.recipes import Place, call_operation, operation_path, recipe_body
from support.web.running_platform import RunningPlatform
from support.web.sample_files import GIF, HTML, JPEG, MEGABYTE, PNG, SVG, WEBP


@pytest.fixture
def here(site: RunningPlatform) -> Place:
    """Tashkent."""
    return Place(site, site.world.tashkent)


def _send_logo(
    here: Place, content: bytes, name: str = "logo.png", kind: str = "image/png", **more: Any
) -> ApiResponse:
    path = operation_path("centers.partial_update", here.center)
    return here.site.client("rustam").send("PATCH", path, files={"logo": (name, content, kind)} | more)


def _open(site: RunningPlatform, url: str) -> httpx.Response:
    return site.wire.send("GET", url.removeprefix(HOST))


def _kept(site: RunningPlatform) -> list[Path]:
    return [path for path in site.platform.settings.files.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp")],
    ids=["PNG", "JPEG", "GIF", "WebP"],
)
def test_pictures_are_taken_by_what_they_are_and_can_be_opened(content: bytes, kind: str, here: Place) -> None:
    answer = _send_logo(here, content, "a name.exe", "text/html").expect(200)
    assert answer["logo"].startswith(f"{HOST}/files/")
    opened = _open(here.site, answer["logo"])
    assert (opened.status_code, opened.content, opened.headers["content-type"]) == (200, content, kind)
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in opened.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (SVG, "logo.svg", "image/svg+xml"),
        (SVG, "logo.png", "image/png"),
        (HTML, "logo.png", "image/png"),
        (b"", "logo.png", "image/png"),
        (b"%PDF-1.7", "logo.png", "image/png"),
        (b"\0" * 100, "logo.png", "image/png"),
        (PNG[:3], "logo.png", "image/png"),
        (PNG + b"\0" * 10 * MEGABYTE, "logo.png", "image/png"),
    ],
    ids=["SVG", "SVG as PNG", "HTML", "empty", "PDF", "zeros", "cut short", "too large"],
)
def test_what_is_no_picture_is_refused_on_its_field_and_not_kept(
    content: bytes, name: str, kind: str, here: Place
) -> None:
    answer = _send_logo(here, content, name, kind)
    assert (answer.status, answer.fields()) == (400, {"logo"}), answer.text
    assert _kept(here.site) == []
    assert here.site.changed() == []


def test_a_picture_of_exactly_ten_megabytes_is_taken(here: Place) -> None:
    assert _send_logo(here, PNG + b"\0" * (10 * MEGABYTE - len(PNG))).status == 200


@pytest.mark.parametrize(
    "name",
    [
        "../../x.png",
        "..\\..\\x.png",
        "/etc/passwd",
        "C:\\x.png",
        "a\0b.png",
        "x" * 5000 + ".png",
        "картина.png",
        "..",
        ".",
        "",
        " ",
        "a?b#c&d=e.png",
        "%2e%2e%2fx.png",
        "'\"<>|.png",
        ".htaccess",
        "😀.png",
    ],
)
def test_whatever_a_file_is_called_it_stays_in_its_folder_and_opens(name: str, here: Place) -> None:
    answer = _send_logo(here, PNG, name)
    assert answer.status == (200 if 0 < len(name) < 5000 else 400), answer.text
    folder = here.site.platform.settings.files.resolve()
    for path in _kept(here.site):
        assert path.resolve().is_relative_to(folder)
    if answer.status == 200 and answer["logo"]:
        assert _open(here.site, answer["logo"]).content == PNG


@pytest.mark.parametrize("value", ["file_upload", "https://example.com/x.png", "", "../../etc/passwd"])
def test_a_text_where_a_file_belongs_is_ignored(value: str, here: Place) -> None:
    logo = _send_logo(here, PNG)["logo"]
    path = operation_path("centers.partial_update", here.center)
    assert here.site.client("rustam").patch(path, {"logo": value})["logo"] == logo
    assert here.site.client("rustam").send("PATCH", path, form={"logo": value})["logo"] == logo


def test_null_removes_the_logo_and_its_file(here: Place) -> None:
    _send_logo(here, PNG)
    assert len(_kept(here.site)) == 1
    assert (
        here.site.client("rustam").patch(operation_path("centers.partial_update", here.center), {"logo": None})["logo"]
        is None
    )
    assert _kept(here.site) == []


def test_the_old_file_goes_when_a_new_one_comes(here: Place) -> None:
    first = _send_logo(here, PNG)["logo"]
    second = _send_logo(here, GIF)["logo"]
    assert (_open(here.site, first).status_code, _open(here.site, second).status_code) == (404, 200)
    assert [path.read_bytes() for path in _kept(here.site)] == [GIF]


def test_the_file_goes_with_its_row(here: Place) -> None:
    path = operation_path("centers.partial_update", here.site.extras.nukus)
    here.site.client("rustam").send("PATCH", path, files={"logo": ("a.png", PNG)}).expect(200)
    here.site.client("rustam").delete(path).expect(204)
    assert _kept(here.site) == []


def test_the_file_of_a_request_that_fails_is_not_kept(here: Place) -> None:
    taken = {"license_number": (None, "L-Samarkand")}
    assert _send_logo(here, PNG, **taken).fields() == {"license_number"}
    parts = {name: (None, str(value)) for name, value in recipe_body("centers.create", here).items()}
    parts |= {"director": (None, "999"), "logo": ("a.png", PNG)}  # type: ignore[dict-item]
    assert here.site.client("rustam").send("POST", "/centers/", files=parts).fields() == {"director"}
    assert _kept(here.site) == []
    assert here.site.changed() == []


def test_nobody_who_may_not_change_a_center_leaves_a_file_behind(here: Place) -> None:
    path = operation_path("centers.partial_update", here.center)
    for who, status in ((None, 401), ("dilshod", 403), ("sardor", 403)):
        assert here.site.client(who).send("PATCH", path, files={"logo": ("a.png", PNG)}).status == status
    assert _kept(here.site) == []


def test_an_address_opens_only_as_it_was_given_out_and_only_for_a_while(here: Place) -> None:
    url = _send_logo(here, PNG)["logo"]
    address, _, query = url.partition("?")
    until, _, signature = query.partition("&")
    for tampered in (
        address,
        f"{address}?{until}",
        f"{address}?{signature}",
        url[:-1] + ("A" if url[-1] != "A" else "B"),
        f"{url}x",
        f"{address}?until=9999999999&{signature}",
        url.replace("/files/", "/files/%2e%2e/files/"),
        url.replace("logo.png", "other.png"),
        f"{address}?until=x&{signature}",
        f"{address}?{until}&signature=ё",
        f"{address}?until=²&{signature}",
        f"{address}?until={'9' * 5000}&{signature}",
        f"{HOST}/files/",
        f"{HOST}/files",
    ):
        assert _open(here.site, tampered).status_code == 404, tampered
    here.site.clock.advance(minutes=59)
    assert _open(here.site, url).status_code == 200
    here.site.clock.advance(hours=2)
    assert _open(here.site, url).status_code == 404


def test_a_director_gets_a_picture_by_form(here: Place) -> None:
    parts: dict[str, Any] = {name: (None, str(value)) for name, value in recipe_body("directors.create", here).items()}
    answer = (
        here.site.client("rustam").send("POST", "/directors/", files=parts | {"image": ("me.jpg", JPEG)}).expect(201)
    )
    assert _open(here.site, answer["image"]).content == JPEG  # C40
    answer = call_operation(
        here.site.client("rustam"), "directors.partial_update", id=answer["id"], files={"image": ("me.gif", GIF)}
    )
    assert _open(here.site, answer["image"]).content == GIF


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_files_are_only_read(method: str, here: Place) -> None:
    url = _send_logo(here, PNG)["logo"]
    answer = here.site.wire.send(method, url.removeprefix(HOST))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_head_tells_of_a_file_without_sending_it(here: Place) -> None:
    url = _send_logo(here, PNG)["logo"]
    answer = here.site.wire.send("HEAD", url.removeprefix(HOST))
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, str(len(PNG)), b"")


# -- any kept file, opened by its address --------------------------------------------------------------

SANDBOXED = "default-src 'none'; sandbox"
FILM = b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08mdat"


class Shelf:
    """A folder of files and the pages that open them."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        self.files = LocalFiles(folder, base_url=HOST, secret="s" * 40, clock=clock)
        self.wire = AsgiConnection(FilePages(self.files))

    def open(self, content: bytes, name: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        """Keep a file and open it."""
        address = self.files.url(self.files.save(content, folder="homework-file", name=name))
        return self.wire.send(method, address, headers=headers)


@pytest.fixture
def shelf(tmp_path: Path, clock: FixedClock) -> Iterator[Shelf]:
    """An empty one."""
    made = Shelf(tmp_path, clock)
    yield made
    made.wire.close()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("scheme.png", PNG, "image/png"),
        ("scheme.exe", PNG, "image/png"),
        ("photo.jpg", PNG, "image/png"),
        ("paper.pdf", b"%PDF-1.7", "application/pdf"),
        ("answer.mp3", b"ID3\x04\0\0", "audio/mpeg"),
        ("lesson.mp4", FILM, "video/mp4"),
    ],
)
def test_pictures_papers_sound_and_films_are_shown_as_what_they_are(
    shelf: Shelf, name: str, content: bytes, kind: str
) -> None:
    answer = shelf.open(content, name)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, content, kind)
    assert answer.headers["content-disposition"] == f'inline; filename="{name}"'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("essay.docx", b"PK\3\4", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("essay.txt", b"Salom", "text/plain; charset=utf-8"),
        ("all.zip", b"PK\3\4", "application/zip"),
        ("page.html", HTML, "application/octet-stream"),
        ("crest.svg", SVG, "application/octet-stream"),
        ("script.js", b"alert(1)", "application/octet-stream"),
        ("page.png", HTML, "application/octet-stream"),
        ("page.pdf", HTML, "application/octet-stream"),
        ("page", HTML, "application/octet-stream"),
        ("nothing.png", b"", "application/octet-stream"),
    ],
)
def test_anything_else_is_only_downloaded(shelf: Shelf, name: str, content: bytes, kind: str) -> None:
    answer = shelf.open(content, name)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, content, kind)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["content-security-policy"] == SANDBOXED


def test_a_download_keeps_a_name_in_any_script(shelf: Shelf) -> None:
    told = shelf.open(b"PK\3\4", "Менинг вазифам.docx").headers["content-disposition"]
    assert told == f"attachment; filename*=utf-8''{quote('Менинг_вазифам.docx')}"


@pytest.mark.parametrize(("name", "content"), [("a.png", PNG), ("a.pdf", b"%PDF-1.7"), ("a.mp4", FILM), ("a.zip", b"")])
def test_no_file_is_guessed_at_shared_or_allowed_to_run(shelf: Shelf, name: str, content: bytes) -> None:
    headers = shelf.open(content, name).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("private")
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "script" not in headers["content-security-policy"]


def test_only_what_a_browser_wraps_in_a_viewer_is_without_a_sandbox(shelf: Shelf) -> None:
    shown = {"a.png": PNG, "a.pdf": b"%PDF-1.7", "a.mp4": FILM, "a.mp3": b"ID3\x04"}
    policies = {name: shelf.open(content, name).headers["content-security-policy"] for name, content in shown.items()}
    assert [name for name, policy in policies.items() if policy != SANDBOXED] == ["a.pdf", "a.mp4", "a.mp3"]


@pytest.mark.parametrize("name", ["a.png", "essay.txt"])
def test_head_tells_what_get_would(shelf: Shelf, name: str) -> None:
    answer = shelf.open(PNG, name, method="HEAD")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(PNG)))


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [("bytes=0-3", FILM[:4], "0-3"), ("bytes=8-", FILM[8:], f"8-{len(FILM) - 1}"), ("bytes=-4", FILM[-4:], None)],
)
def test_a_player_jumps_within_a_film(shelf: Shelf, asked: str, part: bytes, told: str | None) -> None:
    answer = shelf.open(FILM, "lesson.mp4", range=asked)
    assert (answer.status_code, answer.content) == (206, part)
    span = told or f"{len(FILM) - 4}-{len(FILM) - 1}"
    assert answer.headers["content-range"] == f"bytes {span}/{len(FILM)}"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=" + ",".join(["0-"] * 1_300), 200),
        ("bytes=" + ",".join(f"{at}-{at}" for at in range(0, 1_800, 2)), 200),
        ("bytes=0-" + "9" * 4_000, 206),
        ("bytes=-" + "9" * 4_000, 206),
        ("bytes=--1", 416),
        ("bytes=5-2", 400),
    ],
    ids=["overlapping", "in pieces", "huge", "from before the beginning", "negative", "backwards"],
)
def test_many_ranges_and_odd_ones_cost_no_more_than_the_file(shelf: Shelf, asked: str, status: int) -> None:
    answer = shelf.open(FILM, "lesson.mp4", range=asked)
    assert answer.status_code == status
    assert len(answer.content) <= len(FILM) + 200, "a reader gets hardly more than there is"


@pytest.mark.parametrize(("asked", "status"), [("bytes=9999-", 416), ("lines=1-2", 400), ("bytes=a-b", 400)])
def test_a_range_that_is_none_is_refused(shelf: Shelf, asked: str, status: int) -> None:
    assert shelf.open(FILM, "lesson.mp4", range=asked).status_code == status


def test_a_file_that_is_gone_is_not_found_under_its_good_address(shelf: Shelf) -> None:
    key = shelf.files.save(PNG, folder="logo", name="a.png")
    address = shelf.files.url(key)
    shelf.files.delete(key)
    assert shelf.wire.send("GET", address).status_code == 404


@pytest.mark.parametrize("key", ["logo", "", ".", "../x", "a\0b", "x" * 5000])
def test_a_signature_opens_files_and_nothing_else(shelf: Shelf, key: str) -> None:
    shelf.files.save(PNG, folder="logo", name="a.png")
    assert shelf.wire.send("GET", shelf.files.url(key)).status_code == 404


# -- files in a bucket ---------------------------------------------------------------------------------


@pytest.fixture
def in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that name a bucket, with credentials made up."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    return Settings(
        database=f"sqlite:///{tmp_path / 'school.db'}",
        secret=SecretStr("s" * 40),
        files=tmp_path / "files",
        s3_bucket="school",
        s3_endpoint="https://storage.example/",
        s3_prefix="tashkent",
        s3_region="eu-central-1",
    )


def test_a_bucket_takes_the_place_of_the_folder(in_a_bucket: Settings) -> None:
    platform = open_platform(in_a_bucket)
    platform.database.close()
    files = platform.school.ports.files
    assert isinstance(files, S3Files)
    assert files.url("logo/1/a.png").startswith("https://storage.example/school/tashkent/logo/1/a.png?")
    assert "%2Feu-central-1%2Fs3%2F" in files.url("logo/1/a.png")
    assert platform.files is None


def test_with_a_bucket_the_pages_of_files_are_not_found(in_a_bucket: Settings, clock: FixedClock) -> None:
    local = LocalFiles(in_a_bucket.files, base_url=HOST, secret="s" * 40, clock=clock)
    address = local.url(local.save(PNG, folder="logo", name="a.png"))
    platform = open_platform(in_a_bucket)
    wire = AsgiConnection(compose(platform))
    assert wire.send("GET", address).status_code == 404
    wire.close()
    platform.database.close()


@pytest.mark.parametrize("endpoint", ["storage.example", "ftp://storage.example", "s3://school"])
def test_where_a_bucket_is_must_be_an_address(endpoint: str) -> None:
    with pytest.raises(ValueError, match="must begin with http"):
        Settings(s3_endpoint=endpoint)


def test_a_bucket_without_its_library_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educore_web.settings.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"install educore\[web,s3\]"):
        Settings(s3_bucket="school")
