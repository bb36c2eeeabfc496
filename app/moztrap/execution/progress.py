"""How far a run is: the one definition that pages, exports and machines share.

A cell is a case of a run in one environment. It is *decided* when a verdict stands
(passed, failed, blocked or invalid), *skipped* when it was agreed not to test it, and
*pending* otherwise. A run is complete when every cell that was not skipped is decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Self

# In the order in which they are shown.
STATUSES = ("passed", "failed", "blocked", "invalid", "skipped", "pending")
DECIDED = ("passed", "failed", "blocked", "invalid")


@dataclass(frozen=True, slots=True)
class Progress:
    """Numbers of cells by their status, and what follows from them."""

    passed: int = 0
    failed: int = 0
    blocked: int = 0
    invalid: int = 0
    skipped: int = 0
    pending: int = 0

    @classmethod
    def of(cls, tallies: Iterable[Any]) -> Self:
        """Add up tallies, or other progress."""
        rows = list(tallies)
        return cls(**{name: sum(getattr(row, name) for row in rows) for name in STATUSES})

    @classmethod
    def counted(cls, numbers: dict[str, int]) -> Self:
        """Take numbers by status; what is not among them is 0."""
        return cls(**{name: numbers.get(name, 0) for name in STATUSES})

    @property
    def total(self) -> int:
        """All cells."""
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def decided(self) -> int:
        """Cells with a verdict."""
        return self.passed + self.failed + self.blocked + self.invalid

    @property
    def required(self) -> int:
        """Cells that need a verdict."""
        return self.total - self.skipped

    @property
    def percent(self) -> int:
        """Completion, rounded down: 100 means that nothing is left."""
        if not self.required:
            return 100 if self.total else 0
        return self.decided * 100 // self.required

    @property
    def is_complete(self) -> bool:
        """Tell whether every cell that needs a verdict has one."""
        return bool(self.total) and self.decided == self.required

    @property
    def pass_percent(self) -> int:
        """Passed cells among the decided ones, rounded down."""
        return self.passed * 100 // self.decided if self.decided else 0

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Each status with its number, in the order in which they are shown."""
        return [(name, getattr(self, name)) for name in STATUSES]

    @property
    def present(self) -> list[tuple[str, int]]:
        """The statuses that occur."""
        return [(name, number) for name, number in self.counts if number]

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        """Where a bar of width 100 has which status: its name, left edge and width."""
        bars: list[tuple[str, float, float]] = []
        left = 0.0
        for name, number in self.counts:
            if number:
                width = number * 100 / self.total
                bars.append((name, round(left, 2), round(width, 2)))
                left += width
        return bars

    def as_json(self) -> dict[str, int]:
        """Numbers and completion, for machines."""
        return {**dict(self.counts), "total": self.total, "percent": self.percent}
