"""Results as files, sent while they are read: no run is too large for the memory."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify

from moztrap.core.policies import LOGGED_IN, READ, may, policy_required
from moztrap.execution.models import Result, Run
from moztrap.execution.views.common import get_run
from moztrap.reports.csv_safe import csv_safe
from moztrap.reports.environments import environment_names

_PART = 2000
_FIELDS = (
    "id",
    "recorded_on",
    "order",
    "case",
    "name",
    "environment",
    "tester",
    "status",
    "is_newest",
    "failed_steps",
    "comment",
    "bug",
    "duration",
    "review",
)


class _Line:
    """What the csv module writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


@policy_required(READ)
def results_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the results of a run as CSV that spreadsheets open without running anything."""
    run = get_run(pk)
    rows = _rows(run, names_people=may(request.user, LOGGED_IN))
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        # Spreadsheets take UTF-8 for something else without it.
        yield "\ufeff" + writer.writerow(_FIELDS)
        for row in rows:
            yield writer.writerow([csv_safe(row[name]) for name in _FIELDS])

    return _attachment(lines(), run, "csv", "text/csv; charset=utf-8")


@policy_required(READ)
def results_json(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the results of a run as JSON, with the run and how far it is."""
    run = get_run(pk)
    rows = _rows(run, names_people=may(request.user, LOGGED_IN))
    head = {
        "id": run.pk,
        "name": run.name,
        "product": run.productversion.product.name,
        "version": run.productversion.version,
        "build": run.build,
        "status": run.status,
        "progress": run.progress.as_json(),
    }

    def parts() -> Iterator[str]:
        yield f'{{"run": {json.dumps(head)}, "results": ['
        for number, row in enumerate(rows):
            yield ("," if number else "") + "\n" + json.dumps(row)
        yield "\n]}\n"

    return _attachment(parts(), run, "json", "application/json")


def _attachment(
    parts: Iterable[str], run: Run, kind: str, content_type: str
) -> StreamingHttpResponse:
    name = f"run-{run.pk}-{slugify(run.name)[:60] or 'results'}.{kind}"
    answer = StreamingHttpResponse(parts, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _rows(run: Run, *, names_people: bool) -> Iterator[dict[str, Any]]:
    """Read the results of a run in the order in which they were recorded, a part at a time.

    Drivers of MariaDB and MySQL keep the whole answer of a query in memory, so each part is
    a query of its own.
    """
    names = environment_names(run)
    results = (
        Result.objects.filter(run=run)
        .select_related("tester", "cell__runcaseversion__caseversion__case")
        .prefetch_related("steps")
        .order_by("pk")
    )
    last = 0
    while part := list(results.filter(pk__gt=last)[:_PART]):
        for result in part:
            yield _row(result, names, names_people=names_people)
        last = part[-1].pk


def _row(result: Result, environments: dict[int, str], *, names_people: bool) -> dict[str, Any]:
    runcase = result.cell.runcaseversion
    failed = [step.number for step in result.steps.all() if step.status == "failed"]
    return {
        "id": result.pk,
        "recorded_on": result.created_on.isoformat(timespec="seconds"),
        "order": runcase.order,
        "case": runcase.caseversion.case.shown_id,
        "name": runcase.caseversion.name,
        "environment": environments[result.cell.environment_key],
        "tester": str(result.tester or "") if names_people else "",
        "status": result.status,
        "is_newest": bool(result.latest),
        "failed_steps": " ".join(map(str, failed)),
        "comment": result.comment,
        "bug": result.bug_url,
        "duration": result.duration,
        "review": result.review,
    }
