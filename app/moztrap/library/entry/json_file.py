"""Cases as JSON: what MozTrap 1 imported, and what the export of this site gives.

{"suites": [{"name": "Smoke", "description": ""}],
 "cases": [{"name": "…", "description": "…", "idprefix": "BELL", "status": "active",
            "priority": 1, "tags": ["smoke"], "suites": ["Smoke"],
            "steps": [{"instruction": "…", "expected": "…"}]}]}
"""

import json
from typing import Any

from moztrap.library.actions.write_steps import StepText
from moztrap.library.entry.drafts import Draft, Parsed

_KNOWN = {
    "name", "description", "idprefix", "status", "priority", "tags", "suites", "steps",
    # Told by the export; who imports becomes the author, and the page says where it goes.
    "id", "product", "version", "environments", "created_by",
}  # fmt: skip


def parse_json(content: bytes) -> Parsed:
    """Read all cases of a file; problems name the case and its field."""
    parsed = Parsed()
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        parsed.refuse("The file", "is not UTF-8.")
        return parsed
    except (ValueError, RecursionError) as error:
        parsed.refuse("The file", f"is not JSON: {error}.")
        return parsed
    cases = document.get("cases") if isinstance(document, dict) else document
    if not isinstance(cases, list):
        parsed.refuse("The file", 'holds no list “cases”, as in {"cases": [{"name": "…"}]}.')
        return parsed
    return read_cases(cases)


def read_cases(cases: list[Any]) -> Parsed:
    """Read cases that are no text any more; problems name the case and its field."""
    parsed = Parsed()
    for number, case in enumerate(cases, start=1):
        place = f"Case {number}"
        if isinstance(case, dict):
            parsed.drafts.append(_draft(case, place, parsed))
        else:
            parsed.refuse(place, "is no object.")
    return parsed.check()


def _draft(case: dict[str, Any], place: str, parsed: Parsed) -> Draft:
    for unknown in sorted(case.keys() - _KNOWN):
        parsed.refuse(place, f"there is no field “{unknown[:40]}”.")
    priority = case.get("priority")
    if priority is not None and type(priority) is not int:
        parsed.refuse(place, "priority is no number.")
        priority = None
    return Draft(
        place=place,
        name=" ".join(_text(case, "name", place, parsed).split()),
        description=_text(case, "description", place, parsed),
        idprefix=_text(case, "idprefix", place, parsed) or None,
        status=_text(case, "status", place, parsed) or None,
        priority=priority,
        tags=_names(case, "tags", place, parsed),
        suites=_names(case, "suites", place, parsed),
        steps=_steps(case, place, parsed),
    )


def _text(holder: dict[str, Any], name: str, place: str, parsed: Parsed) -> str:
    value = holder.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        parsed.refuse(place, f"{name} is no text.")
        return ""
    return value.replace("\r\n", "\n").strip()


def _names(case: dict[str, Any], name: str, place: str, parsed: Parsed) -> list[str]:
    values = case.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        parsed.refuse(place, f"{name} is no list of names.")
        return []
    return [value.strip() for value in values if value.strip()]


def _steps(case: dict[str, Any], place: str, parsed: Parsed) -> list[StepText]:
    steps = case.get("steps") or []
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        parsed.refuse(place, "steps is no list of objects.")
        return []
    return [
        StepText(_text(step, "instruction", place, parsed), _text(step, "expected", place, parsed))
        for step in steps
    ]
