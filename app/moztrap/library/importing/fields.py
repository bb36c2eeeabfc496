"""Take typed fields out of one object of the source, noting every problem."""

import re
from dataclasses import dataclass, field
from typing import Any

from .problems import Position, Problem

TEXT_LIMIT = 65_535
_LINE_END = re.compile(r"\r\n?")
_BLANKS = re.compile(r"[\r\n\t]+")
# Neither text nor Markdown has a use for them, and databases and XML refuse some.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def kind_of(value: Any) -> str:
    """Name the JSON type of a value, for messages."""
    if value is None:
        return "null"
    names = {bool: "true/false", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), "an object")


@dataclass
class Fields:
    """A reader of one JSON object: each method returns a value, or notes a problem."""

    place: Position
    content: dict[str, Any]
    problems: list[Problem]
    path: str = ""
    _missing: object = field(default_factory=object, repr=False)

    def refuse(self, name: str, message: str) -> None:
        """Note that a field is wrong; without a name, the object itself."""
        field = (self.path + name).removesuffix(".")
        self.problems.append(Problem(str(self.place), field, message))

    def _value(self, name: str, expected: str, types: tuple[type, ...]) -> Any:
        value = self.content.get(name, self._missing)
        if value is self._missing:
            self.refuse(name, f"is missing; expected {expected}")
        elif type(value) in types:
            return value
        else:
            self.refuse(name, f"is {kind_of(value)}; expected {expected}")
        return None

    def line(self, name: str, limit: int) -> str:
        """Return a one-line text that may not be empty, trimmed."""
        text = _BLANKS.sub(" ", self._text(name)).strip()
        if not text and isinstance(self.content.get(name), str):
            self.refuse(name, "is empty")
        if len(text) > limit:
            self.refuse(name, f"has {len(text):,} characters; at most {limit:,} fit")
        return text

    def block(self, name: str) -> str:
        """Return a text of many lines, with line ends as ``\\n``."""
        text = _LINE_END.sub("\n", self._text(name))
        if len(text) > TEXT_LIMIT:
            self.refuse(name, f"has {len(text):,} characters; at most {TEXT_LIMIT:,} fit")
        return text

    def _text(self, name: str) -> str:
        text: str = self._value(name, "text", (str,)) or ""
        if bad := _UNPRINTABLE.search(text):
            self.refuse(name, f"holds the control character U+{ord(bad[0]):04X}")
        return text

    def number(self, name: str) -> int:
        """Return a positive whole number."""
        value = self._value(name, "a positive whole number", (int,))
        if value is not None and not 0 < value < 2**31:
            self.refuse(name, f"is {value}; expected a positive whole number")
        return value or 0

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return one of the allowed words."""
        expected = f"one of {', '.join(allowed)}"
        value: str | None = self._value(name, expected, (str,))
        if value is not None and value not in allowed:
            self.refuse(name, f"is “{value}”; expected {expected}")
        return value or ""

    def reference(self, name: str, resource: str) -> int:
        """Return the id in a resource URI such as ``/api/v1/case/707/``."""
        value = self._value(name, f"a URI such as /api/v1/{resource}/1/", (str,))
        return 0 if value is None else self.reference_in(name, value, resource)

    def reference_in(self, name: str, value: Any, resource: str) -> int:
        """Return the id in a given resource URI."""
        match = re.fullmatch(rf"/api/v\d+/{resource}/(\d{{1,9}})/", str(value))
        if match is None or int(match[1]) == 0:
            self.refuse(name, f"is “{value}”; expected a URI such as /api/v1/{resource}/1/")
            return 0
        return int(match[1])

    def items(self, name: str) -> list[Any]:
        """Return a list of anything."""
        return self._value(name, "a list", (list,)) or []

    def objects(self, name: str) -> "list[Fields]":
        """Return a reader for each object of a list."""
        readers = []
        for index, item in enumerate(self.items(name)):
            path = f"{self.path}{name}[{index}]"
            if isinstance(item, dict):
                readers.append(Fields(self.place, item, self.problems, f"{path}."))
            else:
                self.refuse(f"{name}[{index}]", f"is {kind_of(item)}; expected an object")
        return readers
