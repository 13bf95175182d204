"""Where files cannot be kept at present, that is said, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from educore import Unavailable
from support.web.running_platform import RunningPlatform
from support.web.sample_files import PNG

SAID = {
    "en": "The service cannot reach its file storage at present; try again in a moment.",
    "ar": "تعذر على الخدمة الوصول إلى مخزن ملفاتها حاليًا؛ أعد المحاولة بعد لحظات.",
    "fr": "Le service ne peut pas joindre son stockage de fichiers pour le moment\u202f; réessayez dans un instant.",
    "ru": "Сейчас нет связи с хранилищем файлов, повторите чуть позже.",
    "uz": "Hozir fayllar ombori bilan aloqa yo‘q, birozdan keyin qayta urinib ko‘ring.",
}


@pytest.fixture
def away(site: RunningPlatform) -> Iterator[RunningPlatform]:
    """The platform, with something in the way of its folder of files."""
    folder = site.platform.settings.files
    folder.write_text("not a folder")
    yield site
    folder.unlink()


def test_a_file_that_cannot_be_kept_is_503_about_files(away: RunningPlatform) -> None:
    for language, sentence in SAID.items():
        answer = away.client("rustam").send(
            "PATCH", "/centers/1/", files={"logo": ("logo.png", PNG)}, headers={"accept-language": language}
        )
        assert (answer.status, answer.body) == (503, {"error": sentence, "status_code": 503})
        assert answer.headers["retry-after"] == "5"
    assert away.changed() == []
    assert away.client("rustam").get("/centers/1/").status == 200


def test_a_file_that_cannot_be_read_is_503_and_one_that_is_missing_404(
    site: RunningPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = site.platform.files
    assert files is not None
    key = files.save(PNG, folder="logo", name="crest.png")
    address = files.url(key).removeprefix("http://school.test")
    assert site.wire.send("GET", address).status_code == 200

    def failing(*args: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr("educore_web.public.files._respond", failing)
    answer = site.wire.send("GET", address)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    monkeypatch.undo()
    files.delete(key)
    assert site.wire.send("GET", address).status_code == 404


def test_reading_and_deleting_tell_a_missing_file_from_a_failing_folder(
    site: RunningPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = site.platform.files
    assert files is not None
    key = files.save(PNG, folder="logo", name="crest.png")

    def failing(*args: object, **more: object) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr("pathlib.Path.read_bytes", failing)
    monkeypatch.setattr("pathlib.Path.unlink", failing)
    for act in (files.read, files.delete):
        with pytest.raises(Unavailable) as refused:
            act(key)
        assert refused.value.code == "files_unavailable"
