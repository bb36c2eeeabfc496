"""What can be wrong with a source file, and where."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """One object of one file: ``index`` counts from 0, as the file's list does."""

    file: str
    index: int
    identity: int | None = None

    def __str__(self) -> str:
        known = f" (id {self.identity})" if self.identity is not None else ""
        return f"{self.file}: object {self.index}{known}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, which field, and what was expected."""

    place: str
    field: str
    message: str

    def __str__(self) -> str:
        field = f", {self.field}" if self.field else ""
        return f"{self.place}{field}: {self.message}"


class SourceError(Exception):
    """The files cannot be imported; ``problems`` says why, all at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
