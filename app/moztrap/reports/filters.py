"""The lists of results, and of cases with what came of them."""

from collections.abc import Callable
from typing import Any

from moztrap.accounts.models import User
from moztrap.catalog.models import ProductVersion
from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, TextFilter
from moztrap.core.listing.state import State
from moztrap.execution.filters import CELL_STATUS_OPTIONS, about_cells
from moztrap.execution.models import Cell, ResultStatus, Review, Run
from moztrap.execution.progress import STATUSES
from moztrap.library.filters import id_filter, priority_filter, tag_filter
from moztrap.library.models import Case, CaseVersion
from moztrap.reports.environments import environment_names

RESULT_STATUS_OPTIONS = tuple(Option(value, label) for value, label in ResultStatus.choices)
REVIEW_OPTIONS = (
    Option(Review.PENDING, "waits for review"),
    Option(Review.REVIEWED, "reviewed"),
    Option(Review.REJECTED, "sent back"),
)


def _about_run_cases(rows: Any, ask: Callable[[Any], Any]) -> Any:
    """Ask something of the case versions of run cases."""
    return rows.filter(caseversion__in=ask(CaseVersion.everything.all()).values("pk"))


RUN_CASES = Listing(
    columns=(
        Column("order", "Order", ("order",)),
        Column("name", "Case", ("caseversion__name",)),
        Column("priority", "Priority", ("caseversion__case__priority",)),
        Column("result", "Results"),
    ),
    filters=(
        TextFilter("name", "Name", fields=("caseversion__name",), is_local=True),
        ChoiceFilter(
            "status",
            "Has a result",
            choices=CELL_STATUS_OPTIONS,
            apply=lambda rows, *statuses: rows.with_status(*statuses),
            is_local=True,
        ),
        tag_filter(_about_run_cases),
        id_filter(_about_run_cases, is_common=True),
        priority_filter("caseversion__case__priority"),
        TextFilter(
            "element",
            "Environment element",
            apply=lambda rows, *names: rows.in_environment_with(*names),
            is_common=False,
        ),
        TextFilter(
            "tester",
            "Tester",
            apply=lambda rows, *names: rows.tested_by(*names),
            is_common=False,
            names_people=True,
        ),
    ),
    default_sort="order",
)


# How far a run is in each environment: the columns are those of its tallies.
RUN_ENVIRONMENTS = Listing(
    columns=(
        Column("environment", "Environment", ("environment_key",)),
        Column("done", "Done", ("share",), descends_first=True),
        *(Column(name, name, (name,), descends_first=True) for name in STATUSES),
    ),
    filters=(
        TextFilter(
            "element",
            "Environment element",
            apply=lambda rows, *names: rows.in_environment_with(*names),
        ),
    ),
    default_sort="environment",
)

RUN_SUITES = Listing(
    columns=(
        Column("order", "Order", ("order",)),
        Column("suite", "Suite", ("suite__name",)),
        Column("done", "Done"),
        *(Column(name, name) for name in STATUSES),
    ),
    filters=(TextFilter("name", "Name", fields=("suite__name",), is_local=True),),
    default_sort="order",
)

RUN_TESTERS = Listing(
    columns=(
        Column("tester", "Tester", ("username_key",)),
        Column("decided", "What stands by their verdict"),
        Column("given", "What they were given"),
    ),
    filters=(TextFilter("name", "Name", fields=("username",), is_local=True),),
    default_sort="tester",
)


def case_runs(case: Case) -> Listing:
    """Return the list of runs that a case was in (1 query, for the versions)."""

    def versions(state: State) -> list[Option]:
        rows = ProductVersion.objects.filter(product=case.product_id).order_by("-order")
        return [Option(str(pk), name) for pk, name in rows.values_list("pk", "version")]

    return Listing(
        columns=(
            Column("run", "Run", ("run__name",)),
            Column("version", "Version", ("-caseversion__productversion__order",)),
            Column("start", "Start", ("run__start",), descends_first=True),
            Column("results", "Results"),
        ),
        filters=(
            TextFilter("run", "Run", fields=("run__name",)),
            ChoiceFilter(
                "version",
                "Version",
                lookup="caseversion__productversion",
                choices=versions,
            ),
            ChoiceFilter(
                "status",
                "Has a result",
                choices=CELL_STATUS_OPTIONS,
                apply=lambda rows, *statuses: rows.with_status(*statuses),
                is_local=True,
            ),
        ),
        default_sort="-start",
    )


# All results of one case of a run, newest first.
FINDINGS = Listing(columns=(Column("time", "When", ("pk",)),), default_sort="-time")


def cell_listing(run: Run, names: dict[int, str]) -> Listing:
    """Return the list of tests of a run, each case in each environment (3 queries for choices).

    What roll-ups count is what this list shows with their filters.
    """

    def suites(state: State) -> list[Option]:
        rows = run.runsuites.values_list("suite", "suite__name")
        return [Option(str(pk), name) for pk, name in rows]

    def environments(state: State) -> list[Option]:
        return [Option(str(key), name) for key, name in names.items()]

    def people(column: str) -> Callable[[State], list[Option]]:
        def options(state: State) -> list[Option]:
            ids = Cell.objects.filter(run=run).exclude(**{column: None}).values(column)
            rows = User.objects.filter(pk__in=ids).order_by("username_key")
            return [Option(str(pk), name) for pk, name in rows.values_list("pk", "username")]

        return options

    version = "runcaseversion__caseversion"
    return Listing(
        columns=(
            Column("order", "Order", ("runcaseversion__order", "environment_key")),
            Column("name", "Case", (f"{version}__name", "environment_key")),
            Column("environment", "Environment", ("environment_key", "runcaseversion__order")),
            Column("status", "Result", ("status", "runcaseversion__order")),
            Column("tester", "Tester", ("tester__username", "runcaseversion__order")),
            Column("assigned", "Assigned", ("assignee__username", "runcaseversion__order")),
        ),
        filters=(
            TextFilter("name", "Name", fields=(f"{version}__name",), is_local=True),
            ChoiceFilter("status", "Result", choices=CELL_STATUS_OPTIONS, is_local=True),
            ChoiceFilter(
                "environment",
                "Environment",
                lookup="environment_key",
                choices=environments,
                is_local=True,
            ),
            ChoiceFilter(
                "suite",
                "Suite",
                choices=suites,
                translate=int,
                apply=lambda rows, *ids: rows.in_suites(*ids),
                is_local=True,
            ),
            ChoiceFilter(
                "tester",
                "Tester",
                lookup="tester",
                choices=people("tester"),
                names_people=True,
                is_local=True,
            ),
            ChoiceFilter(
                "assigned",
                "Assigned",
                lookup="assignee",
                choices=people("assignee"),
                is_common=False,
                names_people=True,
                is_local=True,
            ),
            tag_filter(about_cells, is_common=False),
            id_filter(about_cells),
            priority_filter(f"{version}__case__priority"),
            TextFilter(
                "element",
                "Environment element",
                apply=lambda rows, *names: rows.in_environment_with(*names),
                is_common=False,
            ),
            TextFilter("bug", "Bug", fields=("result__bug_url",), is_common=False),
        ),
        default_sort="order",
    )


def result_listing(run: Run) -> Listing:
    """Return the list of results of a run; its environments are choices (3 queries)."""
    options = [Option(str(key), name) for key, name in environment_names(run).items()]
    return Listing(
        columns=(
            Column("time", "When", ("pk",), descends_first=True),
            Column("case", "Case", ("cell__runcaseversion__order",)),
            Column("environment", "Environment"),
            Column("tester", "Tester"),
            Column("status", "Result"),
            Column("comment", "Comment"),
        ),
        filters=(
            ChoiceFilter("status", "Result", choices=RESULT_STATUS_OPTIONS, is_local=True),
            TextFilter(
                "case",
                "Case name",
                fields=("cell__runcaseversion__caseversion__name",),
                is_local=True,
            ),
            ChoiceFilter(
                "environment",
                "Environment",
                lookup="cell__environment_key",
                choices=options,
                is_local=True,
            ),
            TextFilter("tester", "Tester", fields=("tester__username",), names_people=True),
            TextFilter("comment", "Comment", is_common=False),
            TextFilter("bug", "Bug", fields=("bug_url",), is_common=False),
            ChoiceFilter("review", "Review", choices=REVIEW_OPTIONS, is_common=False),
            ChoiceFilter(
                "which",
                "Which",
                lookup="latest",
                choices=(Option("newest", "newest of each tester"), Option("older", "older ones")),
                translate=lambda value: 1 if value == "newest" else None,
                is_common=False,
            ),
        ),
        default_sort="-time",
    )
