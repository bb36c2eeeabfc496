"""What an import did, or would do, as a table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of record."""

    name: str
    source: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    edited_here: int = 0
    deleted_here: int = 0


@dataclass(frozen=True)
class Report:
    """What an import did; the notes are for people to read."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> int:
        """Return how many records were, or would be, written."""
        return sum(line.created + line.updated for line in self.lines)

    def table(self) -> str:
        """Return the lines as text, in columns."""
        heads = ("", "in source", "created", "updated", "unchanged", "edited here", "deleted here")
        rows = [
            (
                line.name,
                line.source,
                line.created,
                line.updated,
                line.unchanged,
                line.edited_here,
                line.deleted_here,
            )
            for line in self.lines
        ]
        cells = [heads, *(tuple(_shown(value) for value in row) for row in rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        )


def _shown(value: str | int) -> str:
    return value if isinstance(value, str) else f"{value:,}"
