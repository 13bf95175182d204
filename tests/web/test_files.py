"""Logos and pictures: what is taken, where it can be opened, and when it is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from web.client import HOST, Answer
from web.pictures import GIF, HTML, JPEG, MEGABYTE, PNG, SVG, WEBP
from web.recipes import Place, body_of, call, path_of
from web.running import Running


@pytest.fixture
def here(site: Running) -> Place:
    """Tashkent."""
    return Place(site, site.world.tashkent)


def _send_logo(here: Place, content: bytes, name: str = "logo.png", kind: str = "image/png", **more: Any) -> Answer:
    path = path_of("centers.partial_update", here.center)
    return here.site.client("rustam").send("PATCH", path, files={"logo": (name, content, kind)} | more)


def _open(site: Running, url: str) -> httpx.Response:
    return site.wire.send("GET", url.removeprefix(HOST))


def _kept(site: Running) -> list[Path]:
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
    assert answer.status in (200, 400), answer.text
    folder = here.site.platform.settings.files.resolve()
    for path in _kept(here.site):
        assert path.resolve().is_relative_to(folder)
    if answer.status == 200 and answer["logo"]:
        assert _open(here.site, answer["logo"]).content == PNG


@pytest.mark.parametrize("value", ["file_upload", "https://example.com/x.png", "", "../../etc/passwd"])
def test_a_text_where_a_file_belongs_is_ignored(value: str, here: Place) -> None:
    logo = _send_logo(here, PNG)["logo"]
    path = path_of("centers.partial_update", here.center)
    assert here.site.client("rustam").patch(path, {"logo": value})["logo"] == logo
    assert here.site.client("rustam").send("PATCH", path, form={"logo": value})["logo"] == logo


def test_null_removes_the_logo_and_its_file(here: Place) -> None:
    _send_logo(here, PNG)
    assert len(_kept(here.site)) == 1
    assert (
        here.site.client("rustam").patch(path_of("centers.partial_update", here.center), {"logo": None})["logo"] is None
    )
    assert _kept(here.site) == []


def test_the_old_file_goes_when_a_new_one_comes(here: Place) -> None:
    first = _send_logo(here, PNG)["logo"]
    second = _send_logo(here, GIF)["logo"]
    assert (_open(here.site, first).status_code, _open(here.site, second).status_code) == (404, 200)
    assert [path.read_bytes() for path in _kept(here.site)] == [GIF]


def test_the_file_goes_with_its_row(here: Place) -> None:
    path = path_of("centers.partial_update", here.site.extras.nukus)
    here.site.client("rustam").send("PATCH", path, files={"logo": ("a.png", PNG)}).expect(200)
    here.site.client("rustam").delete(path).expect(204)
    assert _kept(here.site) == []


def test_the_file_of_a_request_that_fails_is_not_kept(here: Place) -> None:
    taken = {"license_number": (None, "L-Samarkand")}
    assert _send_logo(here, PNG, **taken).fields() == {"license_number"}
    parts = {name: (None, str(value)) for name, value in body_of("centers.create", here).items()}
    parts |= {"director": (None, "999"), "logo": ("a.png", PNG)}  # type: ignore[dict-item]
    assert here.site.client("rustam").send("POST", "/centers/", files=parts).fields() == {"director"}
    assert _kept(here.site) == []
    assert here.site.changed() == []


def test_nobody_who_may_not_change_a_center_leaves_a_file_behind(here: Place) -> None:
    path = path_of("centers.partial_update", here.center)
    for who in (None, "dilshod", "sardor"):
        assert here.site.client(who).send("PATCH", path, files={"logo": ("a.png", PNG)}).status in (401, 403)
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
    here.site.clock.pass_by(minutes=59)
    assert _open(here.site, url).status_code == 200
    here.site.clock.pass_by(hours=2)
    assert _open(here.site, url).status_code == 404


def test_a_director_gets_a_picture_by_form(here: Place) -> None:
    parts: dict[str, Any] = {name: (None, str(value)) for name, value in body_of("directors.create", here).items()}
    answer = (
        here.site.client("rustam").send("POST", "/directors/", files=parts | {"image": ("me.jpg", JPEG)}).expect(201)
    )
    assert _open(here.site, answer["image"]).content == JPEG  # C40
    answer = call(
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
