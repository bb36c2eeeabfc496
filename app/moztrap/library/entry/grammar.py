"""Cases as plain text, in the words of MozTrap 1.

    Test that the bell rings
    Any description.
    When I press the button
    Then the bell rings
    And when I let go
    Then it stops

Keywords may be upper or lower case; blank lines mean nothing; a line without a keyword
continues what it stands below; a step may lack its “Then”.
"""

from dataclasses import dataclass, field

from moztrap.library.actions.write_steps import StepText
from moztrap.library.entry.drafts import Draft, Parsed

CASE, STEP, AND_STEP, RESULT, AND = "test that ", "when ", "and when ", "then ", "and"


def parse_text(text: str) -> Parsed:
    """Read all cases of a text; problems name the line."""
    reader = _Reader()
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        following = next((each for each in lines[number:] if each), "")
        is_bridge = line.lower() == AND and _begins(following, STEP)
        if not is_bridge:
            reader.read(number, line)
    return reader.finish()


def _begins(line: str, keyword: str) -> bool:
    # “When” alone in its line is a keyword too: its text follows below.
    lowered = line.lower()
    return lowered.startswith(keyword) or lowered == keyword.strip()


@dataclass
class _Reader:
    """The case being read, and the part of it that the next line continues."""

    parsed: Parsed = field(default_factory=Parsed)
    draft: Draft | None = None
    # Lines of the description, then of instruction and expected result by turns.
    parts: list[list[str]] = field(default_factory=list)
    has_result: bool = False
    steps: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def read(self, number: int, line: str) -> None:
        place = f"Line {number}"
        if _begins(line, CASE):
            self._close()
            self.draft = Draft(place, name=line)
            self.parts, self.steps, self.has_result = [[]], [], False
        elif self.draft is None:
            self.parsed.refuse(place, f"“{_short(line)}”: expected “Test that …” here.")
            # One message is enough for what follows it.
            self.draft = Draft(place, name="?")
            self.parts, self.steps, self.has_result = [[]], [], False
        elif _begins(line, STEP) or _begins(line, AND_STEP):
            self.steps.append(([line], []))
            self.parts.append(self.steps[-1][0])
            self.has_result = False
        elif _begins(line, RESULT):
            self._read_result(place, line)
        else:
            self.parts[-1].append(line)

    def _read_result(self, place: str, line: str) -> None:
        if not self.steps:
            self.parsed.refuse(place, f"“{_short(line)}”: expected “When …” before it.")
        elif self.has_result:
            self.parsed.refuse(
                place, f"“{_short(line)}”: this step has its “Then”; expected “When …” here."
            )
        else:
            self.steps[-1][1].append(line)
            self.parts.append(self.steps[-1][1])
            self.has_result = True

    def _close(self) -> None:
        if self.draft is None:
            return
        self.draft.description = "\n".join(self.parts[0])
        self.draft.steps = [
            StepText("\n".join(instruction), "\n".join(expected))
            for instruction, expected in self.steps
        ]
        self.parsed.drafts.append(self.draft)

    def finish(self) -> Parsed:
        """Return everything."""
        self._close()
        return self.parsed.check()


def _short(line: str) -> str:
    return line if len(line) <= 40 else f"{line[:39]}…"
