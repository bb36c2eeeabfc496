"""Template tags of reports: `{% load reports %}`."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import template

from moztrap.execution.models import RunCaseVersion
from moztrap.execution.progress import Progress

register = template.Library()

_LONGEST = 40


@register.filter
def bug_name(url: str) -> str:
    """Return what a bug is called for short: its number, or the end of its address."""
    parts = urlsplit(url)
    name = parts.query.partition("id=")[2].partition("&")[0] or parts.path.rstrip("/")
    name = name.rpartition("/")[2] or parts.netloc or url
    return f"bug {name}"[:_LONGEST]


@register.filter
def at(values: Sequence[Any], place: int) -> Any:
    """Return what stands at a place, from 0."""
    return values[place]


@register.inclusion_tag("reports/standing.html")
def runcase_standing(
    runcase: RunCaseVersion, environments: Sequence[tuple[int, str]]
) -> dict[str, Any]:
    """Show a mark for each environment of a case, the numbers, and the bugs that it shows."""
    cells = {cell.environment_key: cell for cell in runcase.cells.all()}
    standing = [(name, cells[key]) for key, name in environments if key in cells]
    numbers: dict[str, int] = {}
    for _, cell in standing:
        if not cell.is_withdrawn:
            numbers[cell.status] = numbers.get(cell.status, 0) + 1
    found = (cell.result.bug_url for _, cell in standing if cell.result)
    return {
        "standing": standing,
        "progress": Progress.counted(numbers),
        "bugs": list(dict.fromkeys(bug for bug in found if bug)),
    }
