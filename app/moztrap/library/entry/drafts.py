"""A case as somebody wrote it, before it is in the library; and what is wrong with it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from moztrap.library.actions.write_steps import StepText
from moztrap.library.models import Status

NAME_LIMIT = 255
TEXT_LIMIT = 65_535
TAG_LIMIT = 100
SUITE_LIMIT = 200
PREFIX_LIMIT = 25
MOST_CASES = 5000
MOST_STEPS = 200
# A report that nobody reads to its end helps nobody.
MOST_PROBLEMS = 100
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass
class Draft:
    """One case; ``place`` says where it was read, for messages."""

    place: str
    name: str = ""
    description: str = ""
    status: str | None = None
    priority: int | None = None
    idprefix: str | None = None
    tags: list[str] = field(default_factory=list)
    suites: list[str] = field(default_factory=list)
    steps: list[StepText] = field(default_factory=list)


@dataclass
class Parsed:
    """What a text or a file holds."""

    drafts: list[Draft] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def refuse(self, place: str, message: str) -> None:
        """Note that something is wrong."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{place}: {message}")
        elif len(self.problems) == MOST_PROBLEMS:
            self.problems.append("There is more; this is the beginning.")

    def check(self) -> "Parsed":
        """Note everything that the library could not hold, and return the same."""
        if not self.drafts and not self.problems:
            self.problems.append("There is no test case in it.")
        if len(self.drafts) > MOST_CASES:
            self.problems.append(
                f"It holds {len(self.drafts):,} cases; at most {MOST_CASES:,} are taken at once."
            )
        for draft in self.drafts:
            self._check(draft)
        return self

    def _check(self, draft: Draft) -> None:
        if not draft.name:
            self.refuse(draft.place, "the case has no name.")
        self._check_length(draft.place, "name", draft.name, NAME_LIMIT)
        self._check_length(draft.place, "description", draft.description, TEXT_LIMIT)
        self._check_length(draft.place, "ID prefix", draft.idprefix or "", PREFIX_LIMIT)
        self._check_names(draft.place, "tag", draft.tags, TAG_LIMIT)
        self._check_names(draft.place, "suite", draft.suites, SUITE_LIMIT)
        if draft.status is not None and draft.status not in Status.values:
            self.refuse(
                draft.place,
                f"status is “{draft.status[:40]}”; expected one of {', '.join(Status.values)}.",
            )
        if draft.priority is not None and draft.priority not in range(1, 5):
            self.refuse(draft.place, f"priority is {draft.priority}; expected 1 to 4 or nothing.")
        if len(draft.steps) > MOST_STEPS:
            self.refuse(draft.place, f"it has {len(draft.steps)} steps; at most {MOST_STEPS} fit.")
        for number, step in enumerate(draft.steps, start=1):
            if not step.instruction:
                self.refuse(draft.place, f"step {number} has no instruction.")
            for text in (step.instruction, step.expected):
                self._check_length(draft.place, f"step {number}", text, TEXT_LIMIT)

    def _check_length(self, place: str, what: str, text: str, limit: int) -> None:
        if len(text) > limit:
            self.refuse(place, f"{what} has {len(text):,} characters; at most {limit:,} fit.")
        if bad := _UNPRINTABLE.search(text):
            self.refuse(place, f"{what} holds the control character U+{ord(bad[0]):04X}.")

    def _check_names(self, place: str, what: str, names: Iterable[str], limit: int) -> None:
        for name in names:
            self._check_length(place, f"{what} “{name[:40]}”", name, limit)
