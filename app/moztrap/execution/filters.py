"""The lists of runs, and of what is run in them."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from moztrap.catalog.filters import product_filter, version_filter
from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, PickFilter, TextFilter
from moztrap.core.listing.state import State
from moztrap.execution.models import CellStatus, Review, Run, RunStatus
from moztrap.library.filters import id_filter, priority_filter, step_filter, tag_filter
from moztrap.library.models import CaseVersion

RUN_STATUS_OPTIONS = tuple(Option(value, label) for value, label in RunStatus.choices)
CELL_STATUS_OPTIONS = tuple(Option(value, label) for value, label in CellStatus.choices)


def all_series(state: State) -> "QuerySet[Any]":
    """Return the series, newest first."""
    return Run.objects.filter(is_series=True).order_by("-pk")


_PRODUCT = product_filter("productversion__product")
_VERSION = version_filter("productversion")
_VERSION_COLUMN = Column(
    "version", "Version", ("productversion__product__name", "-productversion__order")
)

RUNS = Listing(
    columns=(
        Column("name", "Run", ("name",)),
        _VERSION_COLUMN,
        Column("status", "Status", ("status",)),
        Column("start", "Start", ("start",), descends_first=True),
        Column("end", "End", ("end",), descends_first=True),
        Column("progress", "Progress"),
    ),
    filters=(
        TextFilter("name", "Name", is_local=True),
        _PRODUCT,
        _VERSION,
        ChoiceFilter("status", "Status", choices=RUN_STATUS_OPTIONS),
        ChoiceFilter(
            "kind",
            "Kind",
            lookup="is_series",
            choices=(Option("series", "series"), Option("single", "single runs and builds")),
            translate=lambda value: value == "series",
            is_common=False,
        ),
        PickFilter(
            "series",
            "Build of",
            source=all_series,
            url="execution:series_options",
            is_common=False,
        ),
        TextFilter("build", "Build", is_common=False),
        TextFilter(
            "suite",
            "Suite",
            apply=lambda rows, *names: rows.with_suite(*names),
            is_common=False,
        ),
        TextFilter(
            "case",
            "Case",
            "12 or MAIL-12",
            apply=lambda rows, *texts: rows.with_case(*texts),
            is_common=False,
        ),
        TextFilter(
            "element",
            "Environment element",
            apply=lambda rows, *names: rows.in_environment_with(*names),
            is_common=False,
        ),
        TextFilter("description", "Description", is_common=False),
        TextFilter(
            "creator",
            "Created by",
            fields=("created_by__username",),
            is_common=False,
            names_people=True,
        ),
    ),
    default_sort="-start",
)

OPEN_RUNS = Listing(
    columns=(
        Column("name", "Run", ("name",)),
        _VERSION_COLUMN,
        Column("start", "Start", ("start",), descends_first=True),
        Column("progress", "Progress"),
    ),
    filters=(TextFilter("name", "Name", is_local=True), _PRODUCT, _VERSION),
    default_sort="-start",
)


def about_cells(rows: Any, ask: Callable[[Any], Any]) -> Any:
    """Ask something of the case versions of cells."""
    return rows.of_versions(ask(CaseVersion.everything.all()))


def execution_listing(run: Run, tester: Any) -> Listing:
    """Return the list of what a tester runs (1 query, for the suites of the run)."""

    def suites(state: State) -> list[Option]:
        rows = run.runsuites.values_list("suite", "suite__name")
        return [Option(str(pk), name) for pk, name in rows]

    version = "runcaseversion__caseversion"
    return Listing(
        columns=(
            Column("order", "Order", ("runcaseversion__order",)),
            Column("name", "Name", (f"{version}__name",)),
            Column("priority", "Priority", (f"{version}__case__priority",)),
            Column("result", "Result", ("status", "runcaseversion__order")),
        ),
        filters=(
            TextFilter("name", "Name", fields=(f"{version}__name",), is_local=True),
            ChoiceFilter("status", "Result", choices=CELL_STATUS_OPTIONS, is_local=True),
            tag_filter(about_cells),
            ChoiceFilter(
                "assigned",
                "Assigned",
                lookup="assignee",
                choices=(Option("me", "to me"), Option("nobody", "to nobody")),
                translate=lambda value: tester.pk if value == "me" else None,
            ),
            ChoiceFilter(
                "review",
                "Review",
                lookup="result__review",
                choices=(Option(Review.REJECTED, "sent back to be tested again"),),
                is_common=False,
            ),
            ChoiceFilter(
                "suite",
                "Suite",
                choices=suites,
                translate=int,
                apply=lambda rows, *ids: rows.in_suites(*ids),
                is_common=False,
                is_local=True,
            ),
            priority_filter(f"{version}__case__priority"),
            id_filter(about_cells),
            step_filter(about_cells),
            TextFilter(
                "description",
                "Description",
                fields=(f"{version}__description",),
                is_common=False,
            ),
        ),
        default_sort="order",
    )
