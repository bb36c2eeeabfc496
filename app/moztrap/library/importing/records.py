"""What a source file says, checked and normalised; nothing here knows the database."""

import hashlib
import json
import unicodedata
from dataclasses import dataclass

from .problems import Position


def fold(name: str) -> str:
    """Return what makes two names the same to the database: case and accents do not count."""
    plain = unicodedata.normalize("NFKD", name.strip())
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


@dataclass(frozen=True, slots=True)
class SourceStep:
    """One step; ``number`` is unique in its case version."""

    number: int
    instruction: str
    expected: str


@dataclass(frozen=True, slots=True)
class SourceTag:
    """One tag; a global one belongs to no product."""

    source_id: int
    name: str
    description: str
    is_global: bool


@dataclass(frozen=True, slots=True)
class SourceEnvironment:
    """One environment over elements whose names the source does not tell."""

    source_id: int
    element_ids: tuple[int, ...]


@dataclass(frozen=True)
class SourceCase:
    """One case version, with the identity of its case."""

    position: Position
    source_id: int
    case_id: int
    name: str
    description: str
    status: str
    priority: int | None
    steps: tuple[SourceStep, ...]
    tag_ids: tuple[int, ...]
    environment_ids: tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """Everything that the given files hold."""

    cases: tuple[SourceCase, ...]
    tags: dict[int, SourceTag]
    environments: dict[int, SourceEnvironment]
    announced: int | None
    notices: tuple[str, ...] = ()

    def digest_of(self, case: SourceCase) -> str:
        """Identify the content of a case, so that a later import sees what changed."""
        tags = sorted((self.tags[i].name, self.tags[i].is_global) for i in case.tag_ids)
        content = [
            case.name,
            case.description,
            case.status,
            case.priority,
            [(step.instruction, step.expected) for step in case.steps],
            tags,
            sorted((i, self.environments[i].element_ids) for i in case.environment_ids),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def element_ids(self) -> list[int]:
        """Return the elements that the environments are made of, in order."""
        return sorted({i for e in self.environments.values() for i in e.element_ids})

    @property
    def distinct_tags(self) -> int:
        """Return how many tags are left when those with one name are one."""
        return len({(fold(tag.name), tag.is_global) for tag in self.tags.values()})
