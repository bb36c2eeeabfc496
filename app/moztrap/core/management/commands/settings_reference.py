"""`settings_reference`: the operators' page about settings, from `local.sample.py`."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

SAMPLE = Path(__file__).resolve().parents[3] / "settings" / "local.sample.py"
PAGE = settings.PROJECT_ROOT.parent / "docs" / "operators" / "settings.md"
HEADING = re.compile(r"^# --- (?P<title>.*?) -+$")
SETTING = re.compile(r"^(# )?(?P<name>[A-Z][A-Z_]+) = ")
INTRODUCTION = """# Settings

<!-- Generated from app/moztrap/settings/local.sample.py by `manage.py settings_reference`. -->

`moztrap/settings/default.py` imports `moztrap/settings/local.py` last. With Ansible,
change the inventory, never `local.py`: a changed setting rolls out as a new deployment.
`manage.py checksecure` checks the result.
"""


def render(sample: str) -> str:
    """The page, from the sample's comments and assignments."""
    _, _, body = sample.partition('"""\n\n')
    parts = [INTRODUCTION]
    comment: list[str] = []
    lines = body.splitlines()
    position = 0
    while position < len(lines):
        line = lines[position]
        if heading := HEADING.match(line):
            parts.append(f"## {heading['title']}\n")
        elif setting := SETTING.match(line):
            end = _end_of(lines, position)
            code = "\n".join(lines[position:end]).replace("  # noqa: S105", "")
            parts.append(f"### `{setting['name']}`\n")
            parts.append(_prose(comment))
            parts.append(f"```python\n{code}\n```\n")
            comment, position = [], end - 1
        elif line.startswith("#"):
            comment.append(line.removeprefix("#").removeprefix(" "))
        elif comment:
            raise CommandError(f"A comment of {SAMPLE.name} describes no setting: {comment[0]}")
        position += 1
    return "\n".join(parts)


def _end_of(lines: list[str], start: int) -> int:
    """Where the assignment that begins at `start` ends."""
    if not lines[start].endswith(("{", "[", "(")):
        return start + 1
    return next(n for n in range(start, len(lines)) if lines[n] in ("}", "]", ")")) + 1


def _prose(comment: list[str]) -> str:
    """The comment, its default in a paragraph of its own, its command as code."""
    text = "\n".join(f"\n    {line.strip()}" if line.startswith("  ") else line for line in comment)
    return text.replace("\nDefault:", "\n\nDefault:") + "\n"


class Command(BaseCommand):
    """Writes docs/operators/settings.md, or says whether it is up to date."""

    help = "Write docs/operators/settings.md from local.sample.py."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to only look."""
        parser.add_argument("--check", action="store_true", help="Change nothing; fail if stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page or compare it."""
        page = render(SAMPLE.read_text(encoding="utf-8"))
        if not options["check"]:
            PAGE.parent.mkdir(parents=True, exist_ok=True)
            PAGE.write_text(page, encoding="utf-8")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            raise CommandError(
                "docs/operators/settings.md is stale. Type: manage.py settings_reference"
            )
