"""Reads of runs, their cells and results, as sentences."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Sum
from django.db.models.functions import NullIf

from moztrap.core.conditions import any_of
from moztrap.core.models import RecordQuerySet
from moztrap.execution.progress import STATUSES, Progress
from moztrap.execution.sql import count_by_suite

if TYPE_CHECKING:
    from moztrap.execution.models import Run


# Long texts that no list shows.
_UNREAD = ("run__description", "cell__runcaseversion__caseversion__description")


class RunQuerySet(RecordQuerySet):
    """Reads of runs."""

    def active(self) -> Self:
        """Keep those in which results are recorded."""
        return self.filter(status="active")

    def for_testers(self) -> Self:
        """Keep what testers choose from: active runs; members of a series stand behind it."""
        return self.active().filter(series__isnull=True)

    def for_list(self) -> Self:
        """Load what a row of a list shows (1 more query, for the tallies)."""
        return self.select_related("productversion__product", "series").prefetch_related("tallies")

    def for_page(self) -> Self:
        """Load what the page of one run shows (4 more queries)."""
        from moztrap.environments.models import Environment
        from moztrap.execution.models import RunSuite

        return self.select_related(
            "productversion__product", "series", "created_by", "modified_by"
        ).prefetch_related(
            "tallies",
            Prefetch("runsuites", queryset=RunSuite.objects.select_related("suite")),
            Prefetch("environments", queryset=Environment.everything.with_elements()),
        )

    def with_suite(self, *names: str) -> Self:
        """Keep those with a suite whose name contains one of these."""
        from moztrap.execution.models import RunSuite

        suites = RunSuite.objects.filter(
            any_of(names, lambda name: Q(suite__name__icontains=name)), run=OuterRef("pk")
        )
        return self.filter(Exists(suites))

    def with_case(self, *shown_ids: str) -> Self:
        """Keep those whose snapshot holds a case of one of these ids, withdrawn or not."""
        from moztrap.execution.models import RunCaseVersion
        from moztrap.library.models import CaseVersion

        versions = CaseVersion.everything.with_shown_id(*shown_ids)
        rows = RunCaseVersion.objects.filter(
            run=OuterRef("pk"), caseversion__in=versions.values("pk")
        )
        return self.filter(Exists(rows))

    def in_environment_with(self, *elements: str) -> Self:
        """Keep those with an environment where an element's name contains one of these."""
        from moztrap.environments.models import Environment
        from moztrap.execution.models import Run

        environments = Environment.objects.holding(*elements)
        link: Any = Run.environments.through
        links = link.objects.filter(run=OuterRef("pk"), environment__in=environments.values("pk"))
        return self.filter(Exists(links))


class TallyQuerySet(models.QuerySet[Any]):
    """Reads of the counters."""

    def progress_by_run(self) -> dict[int, Progress]:
        """Return how far each run is (1 query)."""
        sums = {f"sum_{name}": Sum(name) for name in STATUSES}
        rows = self.order_by().values("run").annotate(**sums)
        return {
            row["run"]: Progress(**{name: row[f"sum_{name}"] for name in STATUSES}) for row in rows
        }

    def with_share(self) -> Self:
        """Annotate how much is done, for sorting: decided cells of those that need a verdict."""
        decided = F("passed") + F("failed") + F("blocked") + F("invalid")
        required = NullIf(decided + F("pending"), 0)
        return self.annotate(share=decided * 1.0 / required)

    def in_environment_with(self, *elements: str) -> Self:
        """Keep those of environments where an element's name contains one of these."""
        from moztrap.environments.models import Environment

        return self.filter(environment__in=Environment.everything.holding(*elements).values("pk"))

    def progress(self) -> Progress:
        """Return how far all of these together are (1 query)."""
        row = self.aggregate(**{name: Sum(name) for name in STATUSES})
        return Progress(**{name: row[name] or 0 for name in STATUSES})


class RunCaseVersionQuerySet(models.QuerySet[Any]):
    """Reads of what runs have in their snapshots."""

    def wanted(self) -> Self:
        """Leave out what a refresh has withdrawn."""
        return self.filter(withdrawn_on__isnull=True)

    def with_results(self) -> Self:
        """Keep what is wanted, and what was withdrawn with results."""
        from moztrap.execution.models import Result

        found = Result.objects.filter(cell__runcaseversion=OuterRef("pk"))
        return self.filter(Q(withdrawn_on__isnull=True) | Exists(found))

    def with_status(self, *statuses: str) -> Self:
        """Keep those with a cell of one of these statuses."""
        return self._with_cell(is_withdrawn=False, status__in=statuses)

    def in_environment_with(self, *elements: str) -> Self:
        """Keep those with a cell where an element has a name that contains one of these."""
        from moztrap.environments.models import Environment

        environments = Environment.everything.holding(*elements)
        return self._with_cell(environment__in=environments.values("pk"))

    def tested_by(self, *names: str) -> Self:
        """Keep those with a result by somebody whose name contains one of these."""
        from moztrap.execution.models import Result

        found = Result.objects.filter(
            any_of(names, lambda name: Q(tester__username__icontains=name)),
            cell__runcaseversion=OuterRef("pk"),
        )
        return self.filter(Exists(found))

    def _with_cell(self, **conditions: Any) -> Self:
        from moztrap.execution.models import Cell

        return self.filter(Exists(Cell.objects.filter(runcaseversion=OuterRef("pk"), **conditions)))

    def for_list(self) -> Self:
        """Load what a row of a list shows (1 more query, for the cells)."""
        from moztrap.execution.models import Cell

        return self.select_related("caseversion__case").prefetch_related(
            Prefetch("cells", queryset=Cell.objects.select_related("result"))
        )


def _progress_of(rows: Iterable[tuple[Any, ...]]) -> dict[Any, Progress]:
    """Gather rows of a key (of one column or of several), a status and a number."""
    found: dict[Any, dict[str, int]] = {}
    for *key, status, number in rows:
        found.setdefault(key[0] if len(key) == 1 else tuple(key), {})[status] = number
    return {key: Progress.counted(numbers) for key, numbers in found.items()}


class CellQuerySet(models.QuerySet[Any]):
    """Reads of cells."""

    def wanted(self) -> Self:
        """Leave out what a refresh has withdrawn."""
        return self.filter(is_withdrawn=False)

    def in_environment(self, run: "Run", environment_key: int) -> Self:
        """Keep the cells of a run in one environment; 0 stands for anywhere."""
        return self.filter(run=run, environment_key=environment_key, is_withdrawn=False)

    def of_versions(self, caseversions: Any) -> Self:
        """Keep the cells of these case versions."""
        return self.filter(runcaseversion__caseversion__in=caseversions.values("pk"))

    def in_suites(self, *ids: int) -> Self:
        """Keep the cells of cases that are in one of these suites."""
        from moztrap.library.models import SuiteCase

        places = SuiteCase.objects.filter(
            suite__in=ids, case=OuterRef("runcaseversion__caseversion__case")
        )
        return self.filter(Exists(places))

    def progress_by_suite(self, ids: Sequence[int]) -> dict[int | None, Progress]:
        """Count these cells by their status for each suite; in several, they count in each.

        None stands for cases that are in none of these suites any more (1 query).
        """
        return _progress_of(count_by_suite(self, ids))

    def for_list(self) -> Self:
        """Load what a row of a list shows; names of environments are loaded for the run."""
        return self.select_related(
            "runcaseversion__caseversion__case", "result__tester", "assignee"
        ).defer("runcaseversion__caseversion__description")

    def in_environment_with(self, *elements: str) -> Self:
        """Keep those of environments where an element's name contains one of these."""
        from moztrap.environments.models import Environment

        return self.filter(environment__in=Environment.everything.holding(*elements).values("pk"))

    def for_execution(self, tester: Any) -> Self:
        """Load what a tester sees of each case before opening it (2 more queries)."""
        from moztrap.execution.models import Result
        from moztrap.library.models import Tag

        mine = Result.objects.filter(latest=1, tester=tester)
        return (
            self.select_related("runcaseversion__caseversion__case", "result__tester", "assignee")
            .defer("runcaseversion__caseversion__description")
            .prefetch_related(
                Prefetch(
                    "runcaseversion__caseversion__tags", queryset=Tag.objects.order_by("name")
                ),
                Prefetch("results", queryset=mine, to_attr="mine"),
            )
        )

    def stamps(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the stamps of those of these cells that are among the given ones (1 query)."""
        from moztrap.execution.models.cell import stamp_of

        rows = (
            self.filter(pk__in=ids).order_by("pk").values_list("pk", "status", "result", "assignee")
        )
        return {row[0]: stamp_of(*row) for row in rows}

    def progress(self) -> Progress:
        """Count these cells by their status (1 query)."""
        rows = self.order_by().values_list("status").annotate(number=Count("pk"))
        return Progress.counted(dict(rows))

    def progress_by(self, *names: str) -> dict[Any, Progress]:
        """Count these cells by their status, for each value of a column (1 query)."""
        return _progress_of(
            self.order_by().values_list(*names, "status").annotate(number=Count("pk"))
        )


class ResultQuerySet(models.QuerySet[Any]):
    """Reads of results."""

    def newest(self) -> Self:
        """Keep the newest result of each tester in each cell."""
        return self.filter(latest=1)

    def to_review(self) -> Self:
        """Keep those that a second person must look at; what was tested again is out."""
        return self.filter(review="pending", latest=1)

    def sent_back(self) -> Self:
        """Keep those that a reviewer sent back and that nobody has tested again since."""
        return self.filter(
            review="rejected",
            latest=1,
            cell__result=F("pk"),
            cell__is_withdrawn=False,
            run__status="active",
            run__deleted_on__isnull=True,
        )

    def for_list(self) -> Self:
        """Load what a row of a list shows (2 more queries: failed steps, elements)."""
        from moztrap.environments.models import Element

        return (
            self.select_related(
                "tester",
                "reviewed_by",
                "run",
                "cell__environment",
                "cell__runcaseversion__caseversion__case",
            )
            .defer(*_UNREAD)
            .prefetch_related(
                "steps",
                Prefetch(
                    "cell__environment__elements",
                    queryset=Element.everything.select_related("category"),
                ),
            )
        )
