"""Cases as CSV: one line for each step; the first line of a case holds the rest of it.

Columns are known by their heads, in any order: name (the one that must be there),
description, status, priority, prefix, tags, suites, instruction, expected.
"""

import csv
import io

from moztrap.library.actions.write_steps import StepText
from moztrap.library.entry.drafts import Draft, Parsed
from moztrap.library.names import split_names

COLUMNS = (
    "id", "product", "version", "name", "description", "status", "priority", "prefix",
    "tags", "suites", "environments", "instruction", "expected",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_cell(text: str) -> str:
    """Return what `safe_cell` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def parse_csv(content: bytes) -> Parsed:
    """Read all cases of a file; problems name the row."""
    parsed = Parsed()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        parsed.refuse("The file", "is not UTF-8; save it as “CSV UTF-8”.")
        return parsed
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        parsed.refuse("The file", f"is not CSV: {error}.")
        return parsed
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    for unknown in sorted(set(heads) - set(COLUMNS)):
        parsed.refuse("Row 1", f"there is no column “{unknown[:40]}”.")
    if "name" not in heads:
        parsed.refuse("Row 1", f"the column “name” is missing; there are {', '.join(COLUMNS)}.")
        return parsed
    for number, row in enumerate(rows[1:], start=2):
        cells = dict.fromkeys(COLUMNS, "")
        cells |= {head: plain_cell(cell.strip()) for head, cell in zip(heads, row, strict=False)}
        if any(cells.values()):
            _read(cells, f"Row {number}", parsed)
    return parsed.check()


def _read(cells: dict[str, str], place: str, parsed: Parsed) -> None:
    if cells["name"]:
        parsed.drafts.append(
            Draft(
                place=place,
                name=" ".join(cells["name"].split()),
                description=_block(cells["description"]),
                status=cells["status"].lower() or None,
                priority=_priority(cells["priority"], place, parsed),
                idprefix=cells["prefix"] or None,
                tags=split_names(cells["tags"]),
                suites=split_names(cells["suites"]),
            )
        )
    elif not parsed.drafts:
        parsed.refuse(place, "the first case has no name.")
        return
    instruction, expected = _block(cells["instruction"]), _block(cells["expected"])
    if instruction or expected:
        parsed.drafts[-1].steps.append(StepText(instruction, expected))


def _block(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _priority(text: str, place: str, parsed: Parsed) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) < 4:
        return int(text)
    parsed.refuse(place, f"priority is “{text[:40]}”; expected 1 to 4 or nothing.")
    return None
