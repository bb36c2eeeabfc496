"""Names as one line of text, with commas between them."""

import csv
import io
from collections.abc import Iterable

from moztrap.library.importing.records import fold


def join_names(names: Iterable[str]) -> str:
    """Return names as one line; a name that holds a comma is quoted."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(sorted(names))
    return line.getvalue().replace(",", ", ") if '"' not in line.getvalue() else line.getvalue()


def split_names(text: str) -> list[str]:
    """Return the names of a line, each once, in the order typed."""
    line = text.replace("\r", ",").replace("\n", ",")
    names = next(csv.reader([line], skipinitialspace=True), [])
    unique: dict[str, str] = {}
    for name in names:
        if name.strip():
            unique.setdefault(fold(name), name.strip())
    return list(unique.values())
