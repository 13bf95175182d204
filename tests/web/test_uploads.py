"""Which files are taken: one sample of every format, and everything that only claims to be one."""

from __future__ import annotations

import io
import wave
import zipfile

import pytest
from pydantic import TypeAdapter, ValidationError

from educore.kernel.ports import is_shown
from educore_web.rest.uploads import DOCUMENT, FIRST_BYTES, FORMATS, IMAGE, Document, Image, Upload, served_media_type
from educore_web.settings import Settings
from support.parametrize import each
from support.web.sample_files import GIF, HTML, JPEG, MEGABYTE, PNG, SVG, WEBP


def archive(*names: str, comment: bytes = b"") -> bytes:
    """A ZIP of these members, in this order."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(name, comment or b"<x/>")
    return packed.getvalue()


def open_document(kind: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        file.writestr("content.xml", "<x/>")
    return packed.getvalue()


def old_office(stream: str) -> bytes:
    """A compound file of two sectors: its head and a directory in which one stream is named."""
    directory = "Root Entry".encode("utf-16-le").ljust(128, b"\0") + stream.encode("utf-16-le").ljust(128, b"\0")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + directory.ljust(512, b"\0")


def sound() -> bytes:
    heard = io.BytesIO()
    with wave.open(heard, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(b"\x80" * 8)
    return heard.getvalue()


def film(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"mp42" + b"\0\0\0\x08mdat"


def matroska(kind: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f\x42\x82" + bytes([0x80 + len(kind)]) + kind + b"\x18\x53\x80\x67"


PARTS = ("[Content_Types].xml", "_rels/.rels")
DOCX = archive(*PARTS, "word/document.xml")
EXE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + b"\0" * 100
MP3 = b"ID3\x04\0\0\0\0\0\0"
TEXT = "Vazifa: 1, 2.\r\n\tЎқинг ва ёзинг — o‘quvchi 🙂\n".encode()
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n%%EOF"
RTF = b"{\\rtf1\\ansi Salom}"

SAMPLES = {
    "essay.pdf": PDF,
    "essay.docx": DOCX,
    "made by google.docx": archive("word/numbering.xml", "word/document.xml", "[Content_Types].xml"),
    "made by office.docx": archive("[Content_Types].xml", "_rels/.rels", "word/document2.xml"),
    "marks.xlsx": archive(*PARTS, "docProps/app.xml", "docProps/core.xml", "xl/theme/theme1.xml", "xl/workbook.xml"),
    "made by openpyxl.xlsx": archive("docProps/app.xml", "docProps/core.xml", "xl/workbook.xml"),
    "slides.pptx": archive(*PARTS, "customXml/item1.xml", "ppt/presentation.xml"),
    "essay.doc": old_office("WordDocument"),
    "marks.xls": old_office("Workbook"),
    "slides.ppt": old_office("PowerPoint Document"),
    "essay.odt": open_document("text"),
    "marks.ods": open_document("spreadsheet"),
    "slides.odp": open_document("presentation"),
    "essay.rtf": RTF,
    "essay.txt": TEXT,
    "with a mark.txt": b"\xef\xbb\xbf" + TEXT,
    "essay.md": b"# Vazifa\n",
    "marks.csv": b"aziza,5\r\n",
    "BMW, MZ and ID3.txt": b"BMW, MZ and ID3 begin like other formats.",
    "MZ.txt": b"MZ is how programs begin, and this sentence.",
    "photo.jpg": JPEG,
    "photo.JPEG": JPEG,
    "scheme.png": PNG,
    "scheme.gif": GIF,
    "scheme.webp": WEBP,
    "everything.zip": archive("essay.docx", "photo.jpg"),
    "papers.zip": archive("word/essay.docx"),
    "nothing.zip": archive(),
    "answer.mp3": MP3,
    "frames.mp3": b"\xff\xfb\x90\x64" + b"\0" * 32,
    "answer.m4a": film(b"M4A "),
    "by telephone.m4a": film(b"isom"),
    "answer.ogg": b"OggS\0\x02" + b"\0" * 20,
    "answer.oga": b"OggS\0\x02" + b"\0" * 20,
    "answer.wav": sound(),
    "answer.mp4": film(b"isom"),
    "answer.webm": matroska(b"webm"),
    "Вазифа.PDF": PDF,
    "paper without an ending": PDF,
}

WRONG = {
    "a program called PDF": ("x.pdf", EXE),
    "a program": ("x.exe", EXE),
    "a program called text": ("x.txt", EXE),
    "a program without an ending": ("x", EXE),
    "a program for Linux": ("x.zip", b"\x7fELF\x02\x01\x01" + b"\0" * 60),
    "PDF called a program": ("x.exe", PDF),
    "PDF called a page": ("x.html", PDF),
    "PDF called Word": ("x.docx", PDF),
    "text called PDF": ("x.pdf", TEXT),
    "text called a page": ("x.html", b"alert(1)"),
    "text called a script": ("x.js", b"alert(1)"),
    "text called a batch file": ("x.bat", b"del *"),
    "a page": ("page.html", HTML),
    "a page called text": ("essay.txt", HTML),
    "a page after blank lines": ("essay.txt", b"\r\n \t\n" + HTML),
    "a page after a mark": ("essay.txt", b"\xef\xbb\xbf" + HTML),
    "a page after marks nobody sees": ("essay.txt", "\ufeff\ufeff\u200b ".encode() + HTML),
    "a page in UTF-16": ("essay.txt", HTML.decode().encode("utf-16")),
    "a drawing that can run": ("crest.svg", SVG),
    "a drawing called a picture": ("crest.png", SVG),
    "a drawing called text": ("crest.txt", SVG),
    "XML": ("x.txt", b'<?xml version="1.0"?><x/>'),
    "text that is not UTF-8": ("x.txt", "Привет".encode("cp1251")),
    "text with a zero": ("x.txt", b"abc\0def"),
    "text with an escape": ("x.txt", b"abc\x1b[2Jdef"),
    "a ZIP called Word": ("x.docx", archive("photo.jpg")),
    "a ZIP of Word called Word": ("x.docx", archive("photo.jpg", "word/document.xml")),
    "Word called Excel": ("x.xlsx", DOCX),
    "old Word called Excel": ("x.xls", old_office("WordDocument")),
    "an installer called Word": ("x.doc", old_office("Installer")),
    "an Android program": ("x.apk", archive("AndroidManifest.xml")),
    "a Java program": ("x.jar", archive("META-INF/MANIFEST.MF")),
    "RAR": ("x.rar", b"Rar!\x1a\x07\x00" + b"\0" * 20),
    "a film of another kind": ("x.webm", matroska(b"matroska")),
    "a picture called sound": ("x.mp3", PNG),
    "sound called a picture": ("x.png", MP3),
    "zeros": ("x.pdf", b"\0" * 100),
    "a PDF cut short": ("x.pdf", b"%PD"),
    "a ZIP cut short": ("x.zip", b"PK"),
}

EXPECTED = (
    "PDF, Word, Excel, PowerPoint, OpenDocument, RTF, JPEG, PNG, GIF, WebP, MP3, M4A, OGG, WAV, MP4, WebM, ZIP, TXT"
)


def problem(declared: object, value: object) -> tuple[str, dict[str, object]]:
    """The code and the parameters with which a value is refused."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(declared).validate_python(value)
    (found,) = refused.value.errors()
    return found["type"], found.get("ctx", {})


def is_taken(declared: object, upload: Upload) -> bool:
    return TypeAdapter(declared).validate_python(upload) is upload


# -- documents -----------------------------------------------------------------------------------------


@each("name", SAMPLES)
def test_a_document_of_every_format_is_taken(name: str) -> None:
    assert is_taken(Document, Upload(name, SAMPLES[name]))


def test_every_format_has_a_sample() -> None:
    assert {Upload(name, content).format for name, content in SAMPLES.items()} == set(FORMATS)


@each("case", WRONG)
def test_what_is_no_document_or_called_by_a_false_name_is_refused(case: str) -> None:
    code, told = problem(Document, Upload(*WRONG[case]))
    assert (code, told) == ("file_type", {"expected": EXPECTED})


@pytest.mark.parametrize("value", ["essay.pdf", b"%PDF", 7, {}, [], None, True])
def test_what_is_no_file_is_told_so(value: object) -> None:
    assert problem(Document, value)[0] == problem(Image, value)[0] == "not_a_file"


@pytest.mark.parametrize("name", ["essay.pdf", "", "../../x"])
def test_an_empty_file_is_told_so(name: str) -> None:
    assert problem(Document, Upload(name, b""))[0] == problem(Image, Upload(name, b""))[0] == "file_empty"


def test_a_document_has_at_most_25_megabytes() -> None:
    assert is_taken(Document, Upload("x.pdf", PDF.ljust(25 * MEGABYTE, b"\0")))
    larger = Upload("x.pdf", PDF.ljust(25 * MEGABYTE + 1, b"\0"))
    assert problem(Document, larger) == ("file_too_large", {"megabytes": 25})


def test_a_picture_has_at_most_10_megabytes_even_though_a_document_may_be_larger() -> None:
    large = Upload("x.png", PNG.ljust(10 * MEGABYTE + 1, b"\0"))
    assert problem(Image, large) == ("file_too_large", {"megabytes": 10})
    assert is_taken(Document, large)


def test_a_request_has_room_for_the_largest_file_unless_somebody_says_otherwise() -> None:
    room = Settings.model_fields["max_body_megabytes"].default
    assert room > max(kind.megabytes for kind in (IMAGE, DOCUMENT))


# -- pictures ------------------------------------------------------------------------------------------


@each("content", [JPEG, PNG, GIF, WEBP])
@each("name", ["photo.jpg", "photo", "photo.exe", "../../x", "Сурат.png"])
def test_a_picture_is_taken_by_what_it_is_whatever_it_is_called(content: bytes, name: str) -> None:
    assert is_taken(Image, Upload(name, content))


@each("name", [name for name, content in SAMPLES.items() if content not in (JPEG, PNG, GIF, WEBP)])
def test_no_other_document_is_a_picture(name: str) -> None:
    assert problem(Image, Upload("photo.png", SAMPLES[name])) == ("file_type", {"expected": "JPEG, PNG, GIF, WebP"})


# -- names and media types -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("essay.pdf", PDF, "essay.pdf"),
        ("ESSAY.PDF", PDF, "ESSAY.PDF"),
        ("../../x.pdf", PDF, "x.pdf"),
        ("../../x", PDF, "x.pdf"),
        ("", PDF, "file.pdf"),
        ("Менинг вазифам.docx", DOCX, "Менинг_вазифам.docx"),
        ("вазифа", DOCX, "вазифа.docx"),
        ("x" * 300, PDF, "x" * 96 + ".pdf"),
        ("a picture.exe", PNG, "a_picture.exe.png"),
        ("photo.jpg", PNG, "photo.jpg"),
        ("answer", film(b"isom"), "answer.mp4"),
        ("anything.exe", EXE, "anything.exe"),
    ],
)
def test_a_file_is_kept_under_a_name_with_a_true_ending(name: str, content: bytes, kept: str) -> None:
    assert Upload(name, content).safe_name == kept


@each("name", SAMPLES)
def test_a_kept_document_is_announced_as_what_it_is(name: str) -> None:
    upload = Upload(name, SAMPLES[name])
    assert upload.format is not None
    assert served_media_type(upload.safe_name, upload.content[:FIRST_BYTES]) == upload.format.media_type


@each("case", WRONG)
def test_nothing_is_shown_that_only_claims_to_be_a_picture_or_paper(case: str) -> None:
    name, content = WRONG[case]
    told = served_media_type(name, content)
    known = [found for found in FORMATS if found.media_type == told and is_shown(told)]
    assert all(found.matches(content) for found in known)
    assert told not in ("text/html", "image/svg+xml", "application/javascript")
