"""The order of product versions: as people count them, not as text sorts."""

import re

_TOKEN = re.compile(r"\d+|[^\W\d_]+")

# Words that come before the release they announce, earliest first.
_BEFORE_RELEASE = {
    "dev": 0,
    "a": 1,
    "alpha": 1,
    "b": 2,
    "beta": 2,
    "c": 3,
    "rc": 3,
    "pre": 3,
    "preview": 3,
}
_ANNOUNCES, _END, _WORD, _NUMBER = range(4)

VersionKey = tuple[tuple[int, int, str], ...]


def version_key(version: str) -> VersionKey:
    """Return what to sort versions by: 2 < 11, dev < 2.0a3 < 2.0b1 < 2.0 < 2.0.1."""
    text = re.sub(r"^v(?=\d)", "", version.strip().lower())
    parts: list[tuple[int, int, str]] = []
    for token in _TOKEN.findall(text):
        if token.isdecimal():
            parts.append((_NUMBER, int(token), ""))
        elif token in _BEFORE_RELEASE:
            parts.append((_ANNOUNCES, _BEFORE_RELEASE[token], ""))
        else:
            parts.append((_WORD, 0, token))
    # The end sorts between "2.0b1" and "2.0.1", which is where "2.0" belongs.
    return (*parts, (_END, 0, ""))
