"""Tables people send: in whatever their spreadsheet made of them, and never as anything that runs or never ends."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Literal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from educore import Invalid
from educore.adapters.spreadsheets import Row, Table, harmless, plain, read_table, write_csv, write_template
from educore.adapters.workbooks import CHUNK_SIZE, MEGABYTE, Workbook
from support.sources import files_containing

FORMS: tuple[Literal["csv", "xlsx"], ...] = ("csv", "xlsx")


def read(content: bytes | str, *, name: str = "students.csv", most_rows: int = 100) -> Table:
    return read_table(content.encode() if isinstance(content, str) else content, name=name, most_rows=most_rows)


def refused(content: bytes | str, **how: Any) -> tuple[str, Mapping[str, Any]]:
    """The code and the numbers of the one problem."""
    with pytest.raises(Invalid) as error:
        read(content, **how)
    ((path, (problem,)),) = error.value.fields.items()
    assert path == "file"
    return problem.code, problem.params


def workbook(*rows: list[Any], **named: list[list[Any]]) -> bytes:
    """An XLSX file of these rows; further sheets by name."""
    book = openpyxl.Workbook()
    for title, lines in {"First": rows, **named}.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.remove(book.worksheets[0])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def changed(content: bytes, **parts: bytes) -> bytes:
    """The workbook with some of its parts replaced, by the beginning of their file names."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            stem = part.rsplit("/", 1)[-1].split(".")[0]
            new.writestr(part, parts.get(stem, old.read(part)))
    return copy.getvalue()


# -- CSV -----------------------------------------------------------------------------------------------

PEOPLE = [["имя", "phone"], ["Гулнора", "+998901234567"], ["Oʻtkir", ""]]


def as_text(rows: list[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_ways_spreadsheets_write_csv_are_all_understood(encoding: str, delimiter: str) -> None:
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    table = read((mark + as_text(PEOPLE, delimiter)).encode(encoding))
    assert table == Table(
        ["имя", "phone"], [Row(2, {"имя": "Гулнора", "phone": "+998901234567"}), Row(3, {"имя": "Oʻtkir", "phone": ""})]
    )


def test_a_file_from_a_russian_windows_is_understood() -> None:
    assert read("имя;класс\r\nЁлкин;5А\r\n".encode("cp1251")).rows[0].cells == {"имя": "Ёлкин", "класс": "5А"}


def test_a_cell_may_hold_lines_and_delimiters() -> None:
    table = read('name,notes\r\nA,"one\r\ntwo, ""three"""\r\nB,x\r\n')
    assert table.rows == [Row(2, {"name": "A", "notes": 'one\ntwo, "three"'}), Row(3, {"name": "B", "notes": "x"})]


def test_a_delimiter_inside_quotes_divides_nothing() -> None:
    assert read('"a;b;c;d",e\n1,2\n').columns == ["a;b;c;d", "e"]


def test_blank_rows_are_skipped_and_still_counted() -> None:
    table = read("\n\nname,phone\n\nA,1\n,\n  ,\t\nB,2\n")
    assert [(row.number, row.cells["name"]) for row in table.rows] == [(5, "A"), (8, "B")]


def test_a_short_row_is_filled_up() -> None:
    assert read("a,b,c\n1\n").rows[0].cells == {"a": "1", "b": "", "c": ""}


def test_what_stands_outside_the_named_columns_is_told_and_not_lost() -> None:
    assert read("a,,b,\n1,,2,\n").rows[0].cells == {"a": "1", "b": "2"}
    assert refused("a,b\n1,2\n1,2,3\n") == ("outside_header", {"row": 3})
    assert refused("a,,b\n1,x,2\n") == ("outside_header", {"row": 2})


def test_a_column_named_twice_is_told_by_its_name() -> None:
    assert refused("name,Phone, phone \nA,1,2\n") == ("twice_in_header", {"column": "Phone"})


def test_a_file_may_have_as_many_rows_as_were_allowed() -> None:
    assert len(read("a\n" + "x\n\n" * 100).rows) == 100
    assert refused("a\n" + "x\n" * 101) == ("too_many_rows", {"most": 100})


@pytest.mark.parametrize("content", ["", "\n\n", " ,\t,\n", "\ufeff"])
def test_a_table_without_a_heading_is_told(content: str) -> None:
    assert refused(content)[0] == "no_header"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "students.csv"),
        (b"a,b\n1,\0\n", "students.csv"),
        (b"\x98\x98", "students.csv"),
        (b"\xff\xfea", "students.csv"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "students.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "students.xls"),
        (b"%PDF-1.7", "students.pdf"),
        (b"a,b\n1,2\n", "students"),
    ],
    ids=lambda value: ascii(value[:20]),
)
def test_what_is_no_table_is_refused(content: bytes, name: str) -> None:
    assert refused(content, name=name)[0] == "not_a_table"


@pytest.mark.parametrize("content", ['a\n"open\n', "a\n" + "x" * 200_000, 'a\n"b"c\n'])
def test_a_broken_table_is_unreadable(content: str) -> None:
    assert refused(content)[0] == "unreadable"


# -- XLSX ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Oʻtkir", "Oʻtkir"),
        ("  both ends ", "both ends"),
        (998901234567, "998901234567"),
        (998901234567.0, "998901234567"),
        (7, "7"),
        (7.0, "7"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1250000.5, "1250000.5"),
        (True, "true"),
        (False, "false"),
        (date(2024, 1, 31), "2024-01-31"),
        (datetime(2024, 1, 31), "2024-01-31"),  # noqa: DTZ001 - spreadsheets know no time zones
        (datetime(2024, 1, 31, 9, 30), "2024-01-31T09:30:00"),  # noqa: DTZ001 - nor here
        (time(9, 30), "09:30:00"),
        ("+998901234567", "+998901234567"),
        ("'+998901234567", "+998901234567"),
    ],
)
def test_a_cell_is_read_as_people_would_write_it(value: Any, text: str) -> None:
    table = read(workbook(["name", "value"], ["x", value]), name="students.xlsx")
    assert table.rows == [Row(2, {"name": "x", "value": text})]


def test_a_workbook_is_known_by_its_content_whatever_it_is_called() -> None:
    assert read(workbook(["a"], ["1"]), name="students").rows == [Row(2, {"a": "1"})]


def test_only_the_first_sheet_counts() -> None:
    assert read(workbook(["a"], ["1"], Second=[["b"], ["2"]])).columns == ["a"]


def test_rows_of_a_sheet_keep_their_numbers() -> None:
    table = read(workbook([], ["a", None, "b"], [None], ["1", None, "2"], [], ["3"]))
    assert [(row.number, list(row.cells.values())) for row in table.rows] == [(4, ["1", "2"]), (6, ["3", ""])]


def test_a_formula_counts_as_what_it_last_came_to_and_is_never_worked_out() -> None:
    assert read(workbook(["a", "b"], ["=1+1", "x"])).rows[0].cells == {"a": "", "b": "x"}
    content = workbook(["a"], ["=1+1"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    worked_out = changed(content, sheet1=sheet.replace(b"<v />", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>"))
    assert read(worked_out).rows[0].cells == {"a": "2"}


def test_a_workbook_keeps_to_the_same_rules() -> None:
    assert refused(workbook())[0] == "no_header"
    assert refused(workbook(["a", "A"], [1, 2])) == ("twice_in_header", {"column": "a"})
    assert refused(workbook(["a"], [1, 2])) == ("outside_header", {"row": 2})
    assert refused(workbook(["a"], *[[n] for n in range(101)])) == ("too_many_rows", {"most": 100})


def archive_of(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def test_a_document_that_is_no_workbook_is_no_table() -> None:
    assert refused(archive_of(**{"word/document.xml": b"<x/>"}), name="essay.docx")[0] == "not_a_table"


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04",
        workbook(["a"], ["1"])[:-200],
        workbook(["a"], ["1"])[:300],
        changed(workbook(["a"], ["1"]), sheet1=b"<worksheet><sheetData><row r='1'><c r="),
        changed(workbook(["a"], ["1"]), workbook=b"nonsense"),
        changed(workbook(["a"], ["1"]), sheet1=b"<x/>", workbook=b"<workbook/>"),
        archive_of(**{"xl/workbook.xml": b"<x/>"}),
    ],
    ids=["no more", "no end", "a beginning", "cut off", "nonsense", "empty", "alone"],
)
def test_a_damaged_workbook_is_unreadable(content: bytes) -> None:
    assert refused(content, name="students.xlsx")[0] == "unreadable"


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one part more."""
    longer = io.BytesIO(content)
    with zipfile.ZipFile(longer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, part)
    return longer.getvalue()


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = with_part(workbook(["a"], ["1"]), "xl/zeros", bytes(101 * 1024 * 1024))
    assert len(bomb) < 200_000
    assert refused(bomb)[0] == "table_too_large"


def test_a_bomb_that_lies_about_its_size_is_held_to_it() -> None:
    long = sheet('<row r="1"><c r="A1"><v>1</v></c></row>' + " " * 1_500_000)
    honest = changed(workbook(["a"]), sheet1=long)
    assert read(honest).columns == ["1"]
    size, lie = (number.to_bytes(4, "little") for number in (len(long), len(long) - 1_500_000))
    assert size in honest
    assert refused(honest.replace(size, lie))[0] == "unreadable"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_however_harmless_they_look(encoding: str) -> None:
    plainly = sheet('<row r="1"><c r="A1" t="str"><v>&amp;</v></c></row>').decode()
    assert read(changed(workbook(["a"]), sheet1=plainly.encode())).columns == ["&"]
    declared = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE worksheet [<!ENTITY a "ha">]>'
    part = declared + plainly.replace("&amp;", "&a;")
    assert refused(changed(workbook(["a"]), sheet1=part.encode(encoding)))[0] == "unreadable"


def sheet(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def test_a_row_far_below_every_sheet_is_not_waited_for() -> None:
    far = sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="9999999999"><c r="A9999999999"><v>1</v></c></row>')
    assert refused(changed(workbook(["a"]), sheet1=far))[0] == "unreadable"


def with_strings(content: bytes, strings: str) -> bytes:
    """The workbook with shared strings, of which the first is its only cell."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            relation = f'<Relationship Type="{office}" Target="sharedStrings.xml" Id="rId9"/></Relationships>'.encode()
            text = old.read(part)
            new.writestr(part, text.replace(b"</Relationships>", relation) if "workbook.xml.rels" in part else text)
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
    return changed(copy.getvalue(), sheet1=sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'))


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'

STYLED = sheet('<row r="1"><c r="A1" s="1"><v>1</v></c></row>')
BOMBS: dict[str, Callable[[], bytes]] = {
    "cells in one row": lambda: bomb(sheet1=sheet(f"<row>{'<c/>' * 1_000_000}</row>")),
    "cells in many rows": lambda: bomb(sheet1=sheet(f"<row>{'<c/>' * 100}</row>" * 10_000)),
    "rows": lambda: bomb(sheet1=sheet("<row/>" * 1_000_000)),
    "shared strings": lambda: with_strings(workbook(["a"]), "<si/>" * 3_000_000),
    "few long strings": lambda: with_strings(workbook(["a"]), f"<si><t>{'x' * 19_000_000}</t></si>"),
    "styles": lambda: bomb(sheet1=STYLED, styles=styles(f"<cellXfs>{'<xf/>' * 3_000_000}</cellXfs>")),
    "fonts": lambda: bomb(sheet1=STYLED, styles=styles("<font/>" * 3_000_000)),
    "depth": lambda: bomb(sheet1=sheet("<a>" * 2_000_000 + "</a>" * 2_000_000)),
    "spaces": lambda: bomb(sheet1=sheet(" " * 19_000_000)),
    "attributes": lambda: bomb(sheet1=sheet("<row " + " ".join(f'a{n}="1"' for n in range(300_000)) + "/>")),
    "sheets": lambda: bomb(workbook=f'<workbook xmlns="{MAIN}">{"<sheet/>" * 2_000_000}</workbook>'.encode()),
}
"""What is small and unpacks to much."""


def bomb(**parts: bytes) -> bytes:
    return changed(workbook(["a"]), **parts)


def styles(inside: str) -> bytes:
    return f'<styleSheet xmlns="{MAIN}">{inside}</styleSheet>'.encode()


@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_file_costs_little_whatever_it_unpacks_to(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is unpacked, few elements are opened, and no more than a piece of text is held."""
    content = BOMBS[kind]()
    seen: list[Workbook] = []
    made = Workbook.__init__

    def watched(book: Workbook, *given: Any, **named: Any) -> None:
        made(book, *given, **named)
        seen.append(book)

    monkeypatch.setattr(Workbook, "__init__", watched)
    assert refused(content, name="x.xlsx", most_rows=20_000)[0] == "table_too_large"
    (book,) = seen
    assert book.unpacked <= book._allowed + CHUNK_SIZE
    assert book._allowed == 2 * MEGABYTE or len(content) > 30_000
    assert sum(book.counts.values()) <= 400_000


def test_the_limits_let_the_largest_honest_table_through() -> None:
    """As many rows as may be imported, with all columns of students, no two cells alike."""
    columns = [f"column {n}" for n in range(11)]
    rows = "".join(
        f'<row r="{r}">{"".join(f"<c><v>{r * 11 + c}</v></c>" for c in range(11))}</row>' for r in range(2, 20_002)
    )
    heading = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in columns)
    table = read(changed(workbook(["a"]), sheet1=sheet(f"<row>{heading}</row>{rows}")), name="x.xlsx", most_rows=20_000)
    assert (table.columns, len(table.rows), table.rows[-1].cells["column 10"]) == (
        columns,
        20_000,
        str(20_001 * 11 + 10),
    )


def test_an_archive_of_countless_parts_or_by_another_method_is_refused() -> None:
    assert refused(archive_of(**{f"xl/{n}": b"" for n in range(2_000)}), name="x.xlsx")[0] == "table_too_large"
    squeezed = io.BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("_rels/.rels", b"<x/>")
        archive.writestr("xl/workbook.xml", b"<x/>")
    assert refused(squeezed.getvalue(), name="x.xlsx")[0] == "unreadable"


def test_csv_of_countless_cells_or_lines_is_refused_or_read_for_what_is_in_it() -> None:
    assert read("a" + "," * 100_000 + "\n").columns == ["a"]
    assert refused("a\n" + "," * 100_000 + "x")[0] == "table_too_large"
    assert read("a\n" + "," * 3_000_000).rows == []
    assert refused("a\n" + "\n" * 3_000_000)[0] == "table_too_large"
    assert refused(",".join(map(str, range(300))))[0] == "table_too_large"


@pytest.mark.parametrize(
    ("shown", "number", "text"),
    [
        ("yyyy-mm-dd", 45322, "2024-01-31"),
        ("h:mm", 0.375, "09:00:00"),
        ("[h]:mm", 1.5, "1 day, 12:00:00"),
        ("0", 7, "7"),
    ],
)
def test_numbers_are_shown_as_their_style_says(shown: str, number: float, text: str) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page["A1"], page["A2"] = "value", number
    page["A2"].number_format = shown
    content = io.BytesIO()
    book.save(content)
    assert read(content.getvalue()).rows == [Row(2, {"value": text})]


def test_texts_in_pieces_are_joined_and_how_they_are_pronounced_is_left_out() -> None:
    rich = "<si><r><t>Guli</t></r><r><t>nora</t></r><rPh><t>aside</t></rPh></si>"
    assert read(with_strings(workbook(["a"]), rich)).columns == ["Gulinora"]


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    content = workbook(["a"], ["1"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        wide = archive.read("xl/worksheets/sheet1.xml").replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')
    assert b"XFD1048576" in wide
    assert read(changed(content, sheet1=wide)).rows == [Row(2, {"a": "1"})]


# -- what we write -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_template_holds_its_columns_and_examples(form: Literal["csv", "xlsx"]) -> None:
    examples = [{"name": "Gulnora", "phone": "+998901234567"}, {"name": "Oʻtkir"}]
    table = read(write_template(["name", "phone"], as_=form, examples=examples), name=f"template.{form}")
    assert table.columns == ["name", "phone"]
    assert [row.cells for row in table.rows] == [examples[0], {"name": "Oʻtkir", "phone": ""}]


@pytest.mark.parametrize("form", FORMS)
def test_a_template_may_be_empty(form: Literal["csv", "xlsx"]) -> None:
    assert read(write_template(["имя"], as_=form), name=f"template.{form}") == Table(["имя"], [])


def test_a_template_in_csv_tells_spreadsheets_its_encoding() -> None:
    assert write_template(["имя"], as_="csv").startswith(b"\xef\xbb\xbf")


def test_a_template_in_xlsx_keeps_numbers_as_texts_and_its_heading_in_sight() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template(["phone"], as_="xlsx")))
    page = book.worksheets[0]
    assert page.column_dimensions["A"].number_format == "@"
    assert page.freeze_panes == "A2"
    assert page["A1"].font.bold


@pytest.mark.parametrize("text", ["=1+1", "+998", "-5", "@home", "\t=x", "\r=x", "'=1", "''=1"])
def test_nothing_that_is_written_is_a_formula(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template(["a"], as_="xlsx", examples=[{"a": text}])))
    assert book.worksheets[0]["A2"].data_type == "s"
    lines = csv.reader(io.StringIO(write_template(["a"], as_="csv", examples=[{"a": text}]).decode("utf-8-sig")))
    assert list(lines)[1][0].startswith("'")


signs = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t=+-@'\",;")
texts = st.text(signs, max_size=20)


@given(texts)
def test_harmless_can_be_undone(text: str) -> None:
    assert plain(harmless(text)) == text
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


SIGNS = ("=", "+", "-", "@", "\t", "\r")
ATTACKS = [
    "Ali;=cmd|'/C calc'!A0;x",
    "Ali\t=1+1",
    "Ali,@SUM(A1)",
    'Ali;"=1+1"',
    "Ali; +1",
    "Ali\n=1+1",
    "a|=1",
    "\t\t=1",
    "x;'=1",
    "\uff1d1",
]


@given(st.lists(st.lists(st.sampled_from(ATTACKS) | texts, min_size=3, max_size=3), max_size=4))
def test_no_cell_is_a_formula_whatever_is_taken_for_the_separator(lines: list[list[str]]) -> None:
    text = write_csv(lines)
    for separator in ",;\t|":
        for cells in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator):
            assert not [cell for cell in cells if cell.startswith(SIGNS)], (separator, cells)
    (*found,) = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert [[plain(cell) for cell in cells] for cells in found] == lines, "and nothing of it is lost"


def test_every_cell_is_quoted() -> None:
    assert write_csv([["a", "", "5"]]) == '\ufeff"a","","5"\n'


def test_csv_is_written_in_one_place() -> None:
    assert [*files_containing("csv.writer("), *files_containing("csv.DictWriter(")] == [
        "educore/adapters/spreadsheets.py"
    ]


def tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@given(st.lists(st.tuples(texts, texts), max_size=8), st.sampled_from(FORMS))
def test_what_was_written_is_read_back(rows: list[tuple[str, str]], form: Literal["csv", "xlsx"]) -> None:
    examples = [{"name": name, "the rest": rest} for name, rest in rows]
    table = read(write_template(["name", "the rest"], as_=form, examples=examples), name=f"x.{form}")
    tidied = {n: {key: tidy(text) for key, text in row.items()} for n, row in enumerate(examples, start=2)}
    assert {row.number: row.cells for row in table.rows} == {n: row for n, row in tidied.items() if any(row.values())}
