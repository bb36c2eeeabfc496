"""Show how far a command is: a bar on a terminal, a line now and then elsewhere."""

import time
from dataclasses import dataclass, field
from typing import Protocol

_WIDTH = 30


class Output(Protocol):
    """What Django gives commands to write to."""

    def write(self, msg: str = "", *, ending: str | None = None) -> None:
        """Write a line, or with another ending a part of one."""

    def flush(self) -> None:
        """Show what was written so far."""

    def isatty(self) -> bool:
        """Tell whether a person is watching."""


@dataclass
class Progress:
    """Counts towards a total."""

    out: Output
    label: str
    total: int
    done: int = 0
    started: float = field(default_factory=time.monotonic)

    def advance(self, count: int) -> None:
        """Note that so many more are done."""
        self.done += count
        if self.out.isatty():
            filled = _WIDTH * self.done // self.total if self.total else _WIDTH
            bar = "█" * filled + "░" * (_WIDTH - filled)
            self.out.write(f"\r{self.label} {bar} {self._count()}", ending="")
            self.out.flush()

    def finish(self) -> None:
        """End the bar, or write the one line that stands in for it."""
        seconds = time.monotonic() - self.started
        line = f"{self.label}: {self._count()} in {seconds:.1f} s"
        self.out.write(f"\r\033[K{line}" if self.out.isatty() else line)

    def _count(self) -> str:
        if self.done == self.total:
            return f"{self.done:,}"
        return f"{self.done:,} of {self.total:,}"
