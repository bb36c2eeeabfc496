"""The lists of results, and of cases with what came of them."""

from typing import Any

from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, TextFilter
from moztrap.execution.filters import CELL_STATUS_OPTIONS
from moztrap.execution.models import ResultStatus, Review, Run
from moztrap.library.filters import PRIORITY_OPTIONS
from moztrap.library.models import CaseVersion
from moztrap.reports.environments import environment_names

RESULT_STATUS_OPTIONS = tuple(Option(value, label) for value, label in ResultStatus.choices)
REVIEW_OPTIONS = (
    Option(Review.PENDING, "waits for review"),
    Option(Review.REVIEWED, "reviewed"),
    Option(Review.REJECTED, "sent back"),
)


def _about(apply: Any) -> Any:
    """Ask something of the case versions of run cases."""
    return lambda rows, *values: rows.filter(
        caseversion__in=apply(CaseVersion.everything.all(), *values).values("pk")
    )


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
        TextFilter(
            "tag", "Tag", "exact, or with *", apply=_about(lambda rows, *names: rows.tagged(*names))
        ),
        TextFilter(
            "id",
            "ID",
            "12 or MAIL-12",
            apply=_about(lambda rows, *texts: rows.with_shown_id(*texts)),
            is_local=True,
        ),
        ChoiceFilter(
            "priority",
            "Priority",
            lookup="caseversion__case__priority",
            choices=PRIORITY_OPTIONS,
            translate=lambda value: None if value == "none" else int(value),
            is_common=False,
        ),
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
