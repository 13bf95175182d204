"""Small XLSX files that are large when they are unpacked or read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"/>',
    SHEET: f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
}


def many_cells(number: int = 5_000_000) -> bytes:
    """Return a workbook with one row of this many empty cells."""
    return workbook({SHEET: _around(b"<row>", b"<c/>", number, b"</row>")})


def many_rows(number: int = 8_000_000) -> bytes:
    """Return a workbook with this many empty rows."""
    return workbook({SHEET: _around(b"", b"<row/>", number, b"")})


def many_strings(number: int = 5_000_000) -> bytes:
    """Return a workbook with this many shared strings that no cell uses."""
    return workbook(
        {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">'.encode() + b"<si><t>a</t></si>" * number + b"</sst>"}
    )


def many_styles(number: int = 3_000_000) -> bytes:
    """Return a workbook with this many styles."""
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs>'.encode() + b"<xf/>" * number + b"</cellXfs></styleSheet>"
    return workbook({"xl/styles.xml": styles})


def deep(number: int = 1_500_000) -> bytes:
    """Return a workbook with elements nested this deep."""
    return workbook({SHEET: _around(b"<row>", b"<c>", number, b"</c>" * number + b"</row>")})


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "one row of 5 million cells": many_cells,
    "8 million rows": many_rows,
    "5 million shared strings": many_strings,
    "3 million styles": many_styles,
    "1.5 million elements deep": deep,
}


def workbook(parts: Mapping[str, bytes]) -> bytes:
    """Return a workbook with some parts replaced."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, text in {**PARTS, **parts}.items():
            archive.writestr(name, text)
    return kept.getvalue()


def _around(before: bytes, piece: bytes, number: int, after: bytes) -> bytes:
    head, tail = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), b"</sheetData></worksheet>"
    return head + before + piece * number + after + tail
