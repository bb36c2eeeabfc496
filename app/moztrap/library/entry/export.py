"""Cases as JSON or CSV, piece by piece: the memory does not grow with the library."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet

from moztrap.environments.models import Environment
from moztrap.library.entry.csv_file import COLUMNS, safe_cell
from moztrap.library.models import CaseVersion, Suite, Tag
from moztrap.library.names import join_names

_PIECE = 200


def export_json(rows: "QuerySet[Any]") -> Iterator[str]:
    """Yield a document that `parse_json` reads."""
    yield '{"cases": [\n'
    separator = ""
    for caseversion in _in_pieces(rows):
        case = caseversion.case
        yield separator + json.dumps(
            {
                "id": case.shown_id,
                "product": case.product.name,
                "version": caseversion.productversion.version,
                "name": caseversion.name,
                "description": caseversion.description,
                "status": caseversion.status,
                "priority": case.priority,
                "idprefix": case.idprefix,
                "tags": [tag.name for tag in caseversion.tags.all()],
                "suites": [suite.name for suite in case.suites.all()],
                "environments": [str(each) for each in caseversion.environments.all()],
                "steps": [
                    {"instruction": step.instruction, "expected": step.expected}
                    for step in caseversion.steps.all()
                ],
            },
            ensure_ascii=False,
        )
        separator = ",\n"
    yield "\n]}\n"


def export_csv(rows: "QuerySet[Any]") -> Iterator[str]:
    """Yield lines that `parse_csv` reads, and that spreadsheets open as UTF-8."""
    yield "\ufeff" + _line(COLUMNS)
    for caseversion in _in_pieces(rows):
        case = caseversion.case
        own = [
            case.shown_id,
            case.product.name,
            caseversion.productversion.version,
            caseversion.name,
            caseversion.description,
            caseversion.status,
            str(case.priority or ""),
            case.idprefix,
            join_names(tag.name for tag in caseversion.tags.all()),
            join_names(suite.name for suite in case.suites.all()),
            join_names(str(each) for each in caseversion.environments.all()),
        ]
        steps = [(step.instruction, step.expected) for step in caseversion.steps.all()]
        for number, step in enumerate(steps or [("", "")]):
            yield _line([*(own if number == 0 else [""] * len(own)), *step])


def _line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()


def _in_pieces(rows: "QuerySet[Any]") -> Iterator[CaseVersion]:
    """Yield rows by their ids: databases hand over a whole result at once otherwise."""
    wide = (
        rows.order_by("pk")
        .select_related("case__product", "productversion")
        .prefetch_related(
            "steps",
            Prefetch("tags", queryset=Tag.objects.order_by("name")),
            Prefetch("case__suites", queryset=Suite.objects.order_by("name")),
            Prefetch("environments", queryset=Environment.objects.with_elements()),
        )
    )
    last = 0
    while piece := list(wide.filter(pk__gt=last)[:_PIECE]):
        yield from piece
        last = piece[-1].pk
