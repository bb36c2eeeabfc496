"""Results of a run rolled up: by environment, by suite, by tester, and the tests themselves.

Each number of a roll-up leads to the list of the very tests that it counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.core.listing import ListingPage
from moztrap.core.pages import list_page
from moztrap.core.policies import LOGGED_IN, READ, policy_required
from moztrap.environments.models import Environment
from moztrap.execution.models import Cell, Run, RunSuite, Tally
from moztrap.execution.progress import STATUSES, Progress
from moztrap.execution.views.common import get_run, tabs_of, trail
from moztrap.reports.environments import ANYWHERE, environment_names
from moztrap.reports.filters import (
    RUN_ENVIRONMENTS,
    RUN_SUITES,
    RUN_TESTERS,
    cell_listing,
)


@dataclass(frozen=True)
class Row:
    """One line of a roll-up; each number with the address of what it counts."""

    name: str
    note: str
    url: str
    progress: Progress
    numbers: list[tuple[str, int, str]]


def tests_url(run: Run, **filters: object) -> str:
    """Return the address of the tests of a run that filters leave."""
    query = f"?{urlencode(filters)}" if filters else ""
    return f"{reverse('reports:run_tests', args=[run.pk])}{query}"


def row_of(run: Run, name: str, progress: Progress, *, note: str = "", **filters: object) -> Row:
    """Return a line about the tests that filters leave."""
    numbers = [
        (status, number, tests_url(run, **filters, status=status))
        for status, number in progress.counts
    ]
    return Row(name, note, tests_url(run, **filters), progress, numbers)


def _page_about(run: Run, request: HttpRequest, label: str) -> dict[str, Any]:
    return {
        "heading": run.name,
        "run": run,
        "trail": trail(run, (label, "")),
        "tabs": tabs_of(request, run),
    }


@policy_required(READ)
def run_tests(request: HttpRequest, pk: int) -> HttpResponse:
    """List each case in each environment, with what stands there."""
    run = get_run(pk)
    names = environment_names(run)
    return list_page(
        request,
        "reports/run_tests.html",
        cell_listing(run, names),
        Cell.objects.filter(run=run).wanted().for_list(),
        **_page_about(run, request, "Tests"),
        environments=names,
        empty_text="Nothing is run here yet: activation takes the cases of the suites.",
    )


@policy_required(READ)
def run_environments(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a run is in each environment."""
    run = get_run(pk)

    def more(page: ListingPage) -> dict[str, Any]:
        tallies: Iterable[Tally] = page.rows
        ids = [tally.environment_id for tally in tallies if tally.environment_id]
        names = Environment.everything.with_elements().in_bulk(ids)
        return {
            "rows": [
                row_of(
                    run,
                    str(names.get(tally.environment_id or 0) or ANYWHERE),
                    tally.progress,
                    environment=tally.environment_key,
                )
                for tally in tallies
            ]
        }

    return list_page(
        request,
        "reports/rollup.html",
        RUN_ENVIRONMENTS,
        run.tallies.with_share(),
        more=more,
        **_page_about(run, request, "Environments"),
        numbers=STATUSES,
        label="Environment",
        empty_text="Nothing is run here yet: activation takes the environments of the run.",
    )


@policy_required(READ)
def run_suites(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a run is with each of its suites."""
    run = get_run(pk)
    cells = Cell.objects.filter(run=run).wanted()

    def more(page: ListingPage) -> dict[str, Any]:
        places: Iterable[RunSuite] = page.rows
        in_order = list(run.runsuites.values_list("suite", flat=True))
        progress = cells.progress_by_suite(in_order)
        rows = [
            row_of(
                run,
                place.suite.name,
                progress.get(place.suite_id, Progress()),
                note="deleted" if place.suite.deleted_on else "",
                suite=place.suite_id,
            )
            for place in places
        ]
        return {
            "rows": rows,
            "positions": [in_order.index(place.suite_id) + 1 for place in places],
            "elsewhere": progress.get(None, Progress()).total,
        }

    return list_page(
        request,
        "reports/rollup.html",
        RUN_SUITES,
        run.runsuites.select_related("suite"),
        more=more,
        **_page_about(run, request, "Suites"),
        numbers=("order", *STATUSES),
        label="Suite",
        empty_text="This run has no suites.",
    )


@policy_required(LOGGED_IN)
def run_testers(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whose verdicts stand, and how far everybody is with what they were given."""
    run = get_run(pk)
    cells = Cell.objects.filter(run=run).wanted()
    decided = cells.exclude(tester=None).progress_by("tester")
    given = cells.exclude(assignee=None).progress_by("assignee")

    def more(page: ListingPage) -> dict[str, Any]:
        return {
            "rows": [
                {
                    "tester": person,
                    "decided": decided.get(person.pk, Progress()),
                    "decided_row": row_of(
                        run, "", decided.get(person.pk, Progress()), tester=person.pk
                    ),
                    "given": given.get(person.pk),
                    "given_url": tests_url(run, assigned=person.pk),
                    "pending_url": tests_url(run, assigned=person.pk, status="pending"),
                }
                for person in page.rows
            ]
        }

    return list_page(
        request,
        "reports/run_testers.html",
        RUN_TESTERS,
        User.objects.filter(pk__in=set(decided) | set(given)),
        more=more,
        **_page_about(run, request, "Testers"),
        empty_text="Nobody has tested anything yet.",
    )
