"""What differs between two versions of a case, word by word."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from moztrap.library.models import CaseVersion

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# The comparison takes the product of both lengths in the worst case.
_MOST_WORDS = 2000
_MOST_LINES = 5000
SAME, REMOVED, ADDED = "same", "removed", "added"


@dataclass(frozen=True)
class Piece:
    """A run of text that is in both, in the old one or in the new one."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One field in which the versions differ."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class StepDifference:
    """One row of the compared steps; a number is missing where a version has no such step."""

    old_number: int | None
    new_number: int | None
    instruction: tuple[Piece, ...]
    expected: tuple[Piece, ...]

    @property
    def kind(self) -> str:
        """Return what became of the step."""
        if self.old_number is None:
            return ADDED
        if self.new_number is None:
            return REMOVED
        pieces = (*self.instruction, *self.expected)
        return SAME if all(piece.kind == SAME for piece in pieces) else "changed"


@dataclass(frozen=True)
class Comparison:
    """Everything that differs, and all steps."""

    fields: tuple[Difference, ...]
    steps: tuple[StepDifference, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether both say the same."""
        return not self.fields and all(step.kind == SAME for step in self.steps)


def compare(old: CaseVersion, new: CaseVersion) -> Comparison:
    """Compare two versions that were loaded with `CaseVersionQuerySet.for_page`."""
    pairs = (
        ("Name", old.name, new.name),
        ("Description", old.description, new.description),
        ("Status", old.status, new.status),
        ("Tags", _names(old.tags.all()), _names(new.tags.all())),
        ("Environments", _names(old.environments.all()), _names(new.environments.all())),
        ("Attachments", _names(old.attachments.all()), _names(new.attachments.all())),
    )
    return Comparison(
        fields=tuple(
            Difference(label, text_difference(before, after))
            for label, before, after in pairs
            if before != after
        ),
        steps=tuple(_steps(old, new)),
    )


def text_difference(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as one, with what was removed and added marked.

    Words are compared, and lines where there are very many words.
    """
    tokens = [_WORDS.findall(text) for text in (old, new)]
    if max(map(len, tokens)) > _MOST_WORDS:
        tokens = [_LINES.findall(text) for text in (old, new)]
    if max(map(len, tokens)) > _MOST_LINES:
        tokens = [[text] if text else [] for text in (old, new)]
    before, after = tokens
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(SAME, "".join(before[a:b])))
            continue
        if a < b:
            pieces.append(Piece(REMOVED, "".join(before[a:b])))
        if c < d:
            pieces.append(Piece(ADDED, "".join(after[c:d])))
    return tuple(pieces)


def _names(records: Iterable[object]) -> str:
    return ", ".join(sorted(str(record) for record in records))


def _steps(old: CaseVersion, new: CaseVersion) -> Iterator[StepDifference]:
    """Pair the steps: equal ones first, and what lies between them in order."""
    before = [(step.instruction, step.expected) for step in old.steps.all()]
    after = [(step.instruction, step.expected) for step in new.steps.all()]
    for _, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for offset in range(max(b - a, d - c)):
            left = a + offset if a + offset < b else None
            right = c + offset if c + offset < d else None
            one = before[left] if left is not None else ("", "")
            other = after[right] if right is not None else ("", "")
            yield StepDifference(
                old_number=left + 1 if left is not None else None,
                new_number=right + 1 if right is not None else None,
                instruction=text_difference(one[0], other[0]),
                expected=text_difference(one[1], other[1]),
            )
