"""Turn pages of the API into checked records; every problem of every file is reported."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .documents import Document, read_document
from .fields import Fields, kind_of
from .problems import Position, Problem, SourceError
from .records import Source, SourceCase, SourceEnvironment, SourceStep, SourceTag

NAME_LIMIT = 255
TAG_LIMIT = 100
STATUSES = ("active", "draft", "disabled")
# How the source spells the four priorities and the lack of one.
PRIORITIES = {"1": 1, "2": 2, "3": 3, "4": 4, "None": None}
NO_INSTRUCTION = "(no instruction)"


def read_sources(
    paths: Iterable[Path], advance: Callable[[int], None] = lambda count: None
) -> Source:
    """Read and check all files; ``advance`` hears how many objects each one held.

    Raises ``SourceError`` with the problems of all files, if there are any.
    """
    reader = _Reader()
    for path in paths:
        try:
            document = read_document(path)
        except SourceError as error:
            reader.problems.extend(error.problems)
            continue
        reader.read(document)
        advance(len(document.objects))
    return reader.finish()


@dataclass
class _Reader:
    """What was read so far, and what was wrong with it."""

    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    cases: list[SourceCase] = field(default_factory=list)
    tags: dict[int, SourceTag] = field(default_factory=dict)
    environments: dict[int, SourceEnvironment] = field(default_factory=dict)
    first_seen: dict[tuple[str, int], Position] = field(default_factory=dict)
    version: tuple[int, Position] | None = None
    announced: int | None = None

    def read(self, document: Document) -> None:
        """Take in one page."""
        if document.announced is not None:
            self.announced = max(self.announced or 0, document.announced)
        for index, content in enumerate(document.objects):
            place = Position(document.file, index)
            if not isinstance(content, dict):
                message = f"is {kind_of(content)}; expected an object"
                self.problems.append(Problem(str(place), "", message))
                continue
            identity = content.get("id")
            if type(identity) is int:
                place = Position(document.file, index, identity)
            self.cases.append(self._case(Fields(place, content, self.problems)))

    def finish(self) -> Source:
        """Return everything, or raise every problem."""
        if not self.problems and not self.cases:
            self.problems.append(Problem("the given files", "objects", "hold no test case"))
        if self.problems:
            raise SourceError(self.problems)
        return Source(
            cases=tuple(self.cases),
            tags=self.tags,
            environments=self.environments,
            announced=self.announced,
            notices=tuple(self.notices),
        )

    def _case(self, fields: Fields) -> SourceCase:
        case = SourceCase(
            position=fields.place,
            source_id=fields.number("id"),
            case_id=fields.reference("case", "case"),
            name=fields.line("name", NAME_LIMIT),
            description=fields.block("description"),
            status=fields.choice("status", STATUSES),
            priority=self._priority(fields),
            steps=self._steps(fields),
            tag_ids=tuple(self._tag(tag) for tag in fields.objects("tags")),
            environment_ids=tuple(self._environment(e) for e in fields.objects("environments")),
        )
        self._note_version(fields)
        self._refuse_second(fields, "id", case.source_id)
        self._refuse_second(fields, "case", case.case_id)
        for name, ids in (("tags", case.tag_ids), ("environments", case.environment_ids)):
            if len(set(ids)) != len(ids):
                fields.refuse(name, "names one of them twice")
        return case

    def _priority(self, fields: Fields) -> int | None:
        if fields.content.get("priority", "") is None:
            return None
        return PRIORITIES.get(fields.choice("priority", tuple(PRIORITIES)))

    def _steps(self, fields: Fields) -> tuple[SourceStep, ...]:
        steps = []
        for step in fields.objects("steps"):
            number = step.number("number")
            instruction = step.block("instruction")
            if not instruction.strip():
                self.notices.append(
                    f"{fields.place}: step {number} has no instruction; “{NO_INSTRUCTION}” "
                    "will stand in its place."
                )
                instruction = NO_INSTRUCTION
            steps.append(SourceStep(number, instruction, step.block("expected")))
        if len({step.number for step in steps}) != len(steps):
            fields.refuse("steps", "gives two steps the same number")
        steps.sort(key=lambda step: step.number)
        return tuple(steps)

    def _tag(self, fields: Fields) -> int:
        is_global = fields.content.get("product", "") is None
        if not is_global:
            fields.reference("product", "product")
        tag = SourceTag(
            source_id=fields.number("id"),
            name=fields.line("name", TAG_LIMIT),
            description=fields.block("description"),
            is_global=is_global,
        )
        if self.tags.setdefault(tag.source_id, tag) != tag:
            fields.refuse("", f"tag {tag.source_id} differs from how an earlier object gives it")
        return tag.source_id

    def _environment(self, fields: Fields) -> int:
        elements = [
            fields.reference_in(f"elements[{index}]", uri, "element")
            for index, uri in enumerate(fields.items("elements"))
        ]
        environment = SourceEnvironment(fields.number("id"), tuple(sorted(set(elements))))
        if not elements and isinstance(fields.content.get("elements"), list):
            fields.refuse("elements", "is empty")
        if self.environments.setdefault(environment.source_id, environment) != environment:
            fields.refuse(
                "",
                f"environment {environment.source_id} differs from how an earlier object gives it",
            )
        return environment.source_id

    def _note_version(self, fields: Fields) -> None:
        version = fields.reference("productversion", "productversion")
        if self.version is None:
            self.version = (version, fields.place)
        elif version and version != self.version[0]:
            fields.refuse(
                "productversion",
                f"is version {version}, but {self.version[1]} is of version {self.version[0]}; "
                "import one version at a time",
            )

    def _refuse_second(self, fields: Fields, name: str, identity: int) -> None:
        first = self.first_seen.setdefault((name, identity), fields.place)
        if identity and first is not fields.place:
            fields.refuse(name, f"{identity} was already in {first}")
