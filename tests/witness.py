"""Keeps what a part said last, and the few lines that tell why it failed, out of thousands."""

import re
from collections import deque

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Who relays the words of another says so on each line; a box is Molecule's, a sign that of a diff.
_FRAME = re.compile(r"^(?:aside \| )?[\s│]*[-+]?\s*")
_TELLS = re.compile(
    r"(?:FAILED|ERROR)(?: (?!- RETRYING)\S|$)|fatal: \[|\[ERROR\]|E {3}"
    r"|(?:\S+: )?error: |\w*Error: "
)
_IS_ELSE = re.compile(r"=|\$ |TASK |PLAY |NO MORE HOSTS")
_LAST_WORDS = 80
_BLOCKS = 4
# Ansible breaks what it says into lines of 79 characters.
_LINES = 4
_CHARACTERS = 300


class Witness:
    """Hears every line that a part says, and remembers the last that tell of a failure."""

    def __init__(self) -> None:
        self.last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._blocks: deque[list[str]] = deque(maxlen=_BLOCKS)
        self._open = False

    def forget(self) -> None:
        """Begin anew, with another part."""
        self.last_words.clear()
        self._blocks.clear()
        self._open = False

    def hear(self, line: str) -> None:
        """Remember a line; longer, if it tells of a failure or follows one at once."""
        self.last_words.append(line)
        words = _FRAME.sub("", _COLOURS.sub("", line)).strip()
        if _TELLS.match(words):
            self._blocks.append([words])
            self._open = True
        elif self._open and words and not _IS_ELSE.match(words) and len(self._blocks[-1]) < _LINES:
            self._blocks[-1].append(words)
        else:
            self._open = False

    def tell(self) -> tuple[str, ...]:
        """Return what was remembered, each failure on a line of its own."""
        return tuple(" ".join(block)[:_CHARACTERS] for block in self._blocks)
