"""Tables for people: columns as wide as their widest cell, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence


def render(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, numbers_from: int | None = None
) -> list[str]:
    """The lines of a table; columns from `numbers_from` on are aligned to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    first_number = len(header) if numbers_from is None else numbers_from
    shown = []
    for line in lines:
        cells = [
            cell.ljust(width) if column < first_number else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        shown.append("  ".join(cells).rstrip())
    return shown
