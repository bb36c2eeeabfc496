"""Endpoints of what is run in a run, and of what came of it."""

from typing import Any, ClassVar

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.errors import blaming
from moztrap.api.fields import listed
from moztrap.api.listings import CELLS, RESULTS, REVIEWS, RUN_CASES
from moztrap.api.pagination import Stream
from moztrap.api.serializers import execution, results
from moztrap.api.serializers.common import CountSerializer
from moztrap.api.verdicts import read_verdicts
from moztrap.api.views.base import ActionEndpoint, DetailEndpoint, Endpoint, ListEndpoint
from moztrap.core.actions import ActionError
from moztrap.execution.actions import record_results, review_results, send_back_results
from moztrap.execution.models import Cell, Result, Run, RunCaseVersion, Tally
from moztrap.execution.progress import Progress


class RunCaseVersionList(ListEndpoint):
    """What a run has in its snapshot, in order; withdrawn ones last."""

    serializer_class = execution.RunCaseVersionSerializer
    owner = Run
    listing = RUN_CASES
    sorts: ClassVar = {}

    def get_queryset(self) -> Any:
        """Return the rows of one run."""
        rows = RunCaseVersion.objects.filter(
            run=self.kwargs.get("pk"), run__deleted_on__isnull=True
        )
        return (
            rows.select_related("caseversion")
            .defer("caseversion__description")
            .order_by("withdrawn_on", "order", "pk")
        )


class CellList(ListEndpoint):
    """The cells of a run: each case in each environment, and what stands."""

    serializer_class = execution.CellSerializer
    owner = Run
    listing = CELLS
    sorts: ClassVar = {}

    def get_queryset(self) -> Any:
        """Return the cells of one run."""
        rows = Cell.objects.filter(run=self.kwargs.get("pk"), run__deleted_on__isnull=True)
        return (
            rows.select_related("runcaseversion__caseversion")
            .defer("runcaseversion__caseversion__description")
            .order_by("pk")
        )


class _Results(Endpoint):
    serializer_class = results.ResultSerializer

    def get_queryset(self) -> Any:
        """Return the results of runs that nobody deleted."""
        return (
            Result.objects.filter(run__deleted_on__isnull=True)
            .select_related("cell__runcaseversion__caseversion")
            .defer("cell__runcaseversion__caseversion__description")
            .prefetch_related("steps")
        )


class ResultList(_Results, ListEndpoint):
    """The results of a run, newest first."""

    owner = Run
    pagination_class = Stream
    listing = RESULTS
    sorts: ClassVar = {}
    policies: ClassVar = {"POST": "execute"}
    bodies: ClassVar = {"POST": results.VerdictsSent}
    answers: ClassVar = {"POST": (201, results.RecordedSerializer)}
    doers: ClassVar = {"POST": "record"}

    def get_queryset(self) -> Any:
        """Return the results of one run."""
        return super().get_queryset().filter(run=self.kwargs.get("pk"))

    def record(self, run: Run, by: Any, body: Any) -> list[Result]:
        """Record up to 5,000 results in an active run, all of them or none."""
        try:
            return record_results(run, read_verdicts(run, body), by=by)
        except (ActionError, ValidationError):
            # Asked now, because what can be recorded needs no look at the run before.
            self.owner_of_rows()
            raise

    def post(self, request: Request, pk: int) -> Response:
        """Record them, and say how far the run is."""
        recorded = self.record(Run(pk=pk), request.user, request.data)
        progress = Progress.of(Tally.objects.filter(run=pk))
        # What `RecordedSerializer` describes, without its costs: programs send one by one.
        return Response({"recorded": len(recorded), "progress": progress.as_json()}, status=201)


class ResultDetail(_Results, DetailEndpoint):
    """A result."""


class ReviewList(_Results, ListEndpoint):
    """Results of others that wait for review, oldest first."""

    listing = REVIEWS
    sorts: ClassVar = {}
    policies: ClassVar = {"GET": "review_results", "POST": "review_results"}
    bodies: ClassVar = {"POST": results.ReviewSent}
    answers: ClassVar = {"POST": (200, CountSerializer)}
    doers: ClassVar = {"POST": "review"}

    def get_queryset(self) -> Any:
        """Return what waits."""
        rows: Any = super().get_queryset().to_review().order_by("pk")
        return rows.exclude(tester=self.request.user.pk)

    def review(self, by: Any, ids: list[int], comment: str) -> int:
        """Mark results as reviewed; what somebody else has reviewed meanwhile stays theirs."""
        require_results(ids)
        with blaming("results"):
            return review_results(ids, by=by, comment=comment)

    def post(self, request: Request) -> Response:
        """Mark them, and say how many were waiting."""
        values = self.sent(request)
        count = self.review(request.user, values["results"], values.get("comment", ""))
        return self.answer("POST", {"count": count})


class ReviewSendBack(ActionEndpoint):
    """Results of others that must be tested again."""

    bodies: ClassVar = {"POST": results.SendBackSent}
    policies: ClassVar = {"POST": "review_results"}
    answers: ClassVar = {"POST": (200, CountSerializer)}
    doers: ClassVar = {"POST": "send_back"}

    def send_back(self, by: Any, ids: list[int], comment: str) -> int:
        """Reject results: what they decided is pending again, for whoever tested it."""
        require_results(ids)
        with blaming("results"):
            return send_back_results(ids, by=by, comment=comment)

    def post(self, request: Request) -> Response:
        """Reject them, and say how many; what was tested again meanwhile is left alone."""
        values = self.sent(request)
        count = self.send_back(request.user, values["results"], values["comment"])
        return self.answer("POST", {"count": count})


def require_results(ids: list[int]) -> None:
    """Raise ValidationError that names those that are not there."""
    known = Result.objects.filter(pk__in=ids, run__deleted_on__isnull=True)
    found = set(known.values_list("pk", flat=True))
    if missing := [pk for pk in ids if pk not in found]:
        raise ValidationError({"results": [f"There are no results {listed(missing)}."]})
