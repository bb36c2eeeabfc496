"""What differs between two versions of a case, word by word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from moztrap.library.models import CaseVersion

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# The comparison takes the product of both lengths in the worst case.
_MOST_WORDS = 2000
_MOST_LINES = 5000
# Below this, what is left of a text hinders reading more than it helps.
_LEAST_ALIKE = 0.4
# Steps with fewer of their words in common are different steps.
_LEAST_COMMON = 0.25
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

    Words are compared, and lines where there are very many words. Texts that have
    little in common stand whole, one after the other.
    """
    tokens = [_WORDS.findall(text) for text in (old, new)]
    if max(map(len, tokens)) > _MOST_WORDS:
        tokens = [_LINES.findall(text) for text in (old, new)]
    if max(map(len, tokens)) > _MOST_LINES:
        tokens = [[text] if text else [] for text in (old, new)]
    matcher = SequenceMatcher(None, tokens[0], tokens[1], autojunk=False)
    is_rewritten = matcher.ratio() < _LEAST_ALIKE
    opcodes = (
        [("replace", 0, len(tokens[0]), 0, len(tokens[1]))]
        if is_rewritten
        else matcher.get_opcodes()
    )
    return tuple(_pieces(tokens[0], tokens[1], opcodes))


def _pieces(
    before: Sequence[str], after: Sequence[str], opcodes: Iterable[tuple[str, int, int, int, int]]
) -> Iterator[Piece]:
    for tag, a, b, c, d in opcodes:
        if tag == "equal":
            yield Piece(SAME, "".join(before[a:b]))
            continue
        if a < b:
            yield Piece(REMOVED, "".join(before[a:b]))
        if c < d:
            yield Piece(ADDED, "".join(after[c:d]))


def _names(records: Iterable[object]) -> str:
    return ", ".join(sorted(str(record) for record in records))


def _steps(old: CaseVersion, new: CaseVersion) -> Iterator[StepDifference]:
    """Pair the steps: equal ones first, and between them those that are most alike."""
    before = [(step.instruction, step.expected) for step in old.steps.all()]
    after = [(step.instruction, step.expected) for step in new.steps.all()]
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        pairs: Iterable[tuple[int | None, int | None]] = (
            zip(range(a, b), range(c, d), strict=True)
            if tag == "equal"
            else _most_alike(before, after, range(a, b), range(c, d))
        )
        for left, right in pairs:
            one = before[left] if left is not None else ("", "")
            other = after[right] if right is not None else ("", "")
            yield StepDifference(
                old_number=left + 1 if left is not None else None,
                new_number=right + 1 if right is not None else None,
                instruction=text_difference(one[0], other[0]),
                expected=text_difference(one[1], other[1]),
            )


def _most_alike(
    before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]], old: range, new: range
) -> list[tuple[int | None, int | None]]:
    """Pair steps of two stretches, in order, so that what is paired has most words in common."""
    words = {
        ("old", i): set(_WORDS.findall(" ".join(before[i]).lower())) - {" ", "."} for i in old
    } | {("new", j): set(_WORDS.findall(" ".join(after[j]).lower())) - {" ", "."} for j in new}
    # best[i][j]: how alike the steps from i and j on can be made.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    alike = [[0.0] * len(new) for _ in old]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            one, other = words["old", old[i]], words["new", new[j]]
            common = len(one & other) / (len(one | other) or 1)
            alike[i][j] = common if common >= _LEAST_COMMON else 0.0
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if (
            i < len(old)
            and j < len(new)
            and alike[i][j]
            and best[i][j] == alike[i][j] + best[i + 1][j + 1]
        ):
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif j == len(new) or (i < len(old) and best[i + 1][j] >= best[i][j + 1]):
            pairs.append((old[i], None))
            i += 1
        else:
            pairs.append((None, new[j]))
            j += 1
    return pairs
