"""Results as machines send them: checked as a whole, thousands at a time.

By hand, because a general validator takes longer over a result than the database does.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError as DjangoError
from django.core.validators import URLValidator
from rest_framework.exceptions import ValidationError

from moztrap.execution.actions import EXPLAINED, Verdict
from moztrap.execution.models import Cell, ResultStatus, Run

MOST = 5000
_LONGEST_COMMENT = 65_535
_LONGEST_BUG = 500
_MOST_STEPS = 250
# What the database's columns hold.
_LARGEST_ID = 10**18
_LONGEST_DURATION = 2**31 - 1
# Lists, because what is sent may be anything, also what no set can be asked for.
_STATUSES = sorted(each.value for each in ResultStatus)
_STEP_STATUSES = [each for each in _STATUSES if each != ResultStatus.RESTARTED]
_KNOWN = {"case", "environment", "status", "comment", "bug", "duration", "steps"}
_is_url = URLValidator(schemes=["http", "https"])


def read_verdicts(run: Run, body: Any) -> list[Verdict]:
    """Return what was found; raise ValidationError that names each wrong result by its place."""
    entries = body.get("results") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not entries:
        raise ValidationError({"results": ["Send a list of at least one result."]})
    if len(entries) > MOST:
        raise ValidationError({"results": [f"Send at most {MOST} results at once."]})
    problems: dict[str, str] = {}
    for place, entry in enumerate(entries):
        if problem := _problem(entry):
            problems[str(place)] = problem
    if problems:
        raise ValidationError({"results": problems})
    cells = _cells(run, {entry["case"] for entry in entries})
    verdicts = []
    for place, entry in enumerate(entries):
        key = (entry["case"], entry.get("environment") or 0)
        if key not in cells:
            problems[str(place)] = "This case is not run in this environment in this run."
            continue
        steps = entry.get("steps") or []
        verdicts.append(
            Verdict(
                cell_id=cells[key],
                status=entry["status"],
                comment=entry.get("comment") or "",
                bug_url=entry.get("bug") or "",
                duration=entry.get("duration"),
                steps=tuple((step["number"], step["status"]) for step in steps),
            )
        )
    if problems:
        raise ValidationError({"results": problems})
    return verdicts


def _cells(run: Run, cases: Iterable[int]) -> dict[tuple[int, int], int]:
    rows = (
        Cell.objects.filter(run=run, runcaseversion__caseversion__case__in=list(cases))
        .wanted()
        .values_list("runcaseversion__caseversion__case", "environment_key", "pk")
    )
    return {(case, key): pk for case, key, pk in rows}


def _is_number(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _problem(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "A result is an object."
    unknown = set(entry) - _KNOWN
    if unknown:
        return f"There is no field {', '.join(sorted(map(str, unknown)))}."
    if not _is_number(entry.get("case"), _LARGEST_ID):
        return "“case” is the id of a case."
    environment = entry.get("environment")
    if environment is not None and not _is_number(environment, _LARGEST_ID):
        return "“environment” is the id of an environment, or left out."
    if entry.get("status") not in _STATUSES:
        return f"“status” is one of {', '.join(_STATUSES)}."
    return _problem_of_words(entry) or _problem_of_steps(entry.get("steps"))


def _problem_of_words(entry: dict[str, Any]) -> str:
    comment = entry.get("comment") or ""
    if not isinstance(comment, str) or len(comment) > _LONGEST_COMMENT or "\x00" in comment:
        return f"“comment” is text of at most {_LONGEST_COMMENT} characters."
    if entry["status"] in EXPLAINED and not comment.strip():
        return f"Say in “comment” why it is {entry['status']}."
    bug = entry.get("bug") or ""
    if bug:
        try:
            if not isinstance(bug, str) or len(bug) > _LONGEST_BUG:
                raise DjangoError("")
            _is_url(bug)
        except DjangoError:
            return f"“bug” is an address of at most {_LONGEST_BUG} characters."
    duration = entry.get("duration")
    if duration is not None and not _is_number(duration, _LONGEST_DURATION):
        return "“duration” is a number of seconds."
    return ""


def _problem_of_steps(steps: Any) -> str:
    if steps is None:
        return ""
    if not isinstance(steps, list) or len(steps) > _MOST_STEPS:
        return f"“steps” is a list of at most {_MOST_STEPS}."
    seen = set()
    for step in steps:
        number = step.get("number") if isinstance(step, dict) else None
        if not _is_number(number, 9999) or step.get("status") not in _STEP_STATUSES:
            return "Each of “steps” has a “number” and a “status”."
        if number in seen:
            return f"Step {number} is there twice."
        seen.add(number)
    return ""
