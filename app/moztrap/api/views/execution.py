"""Endpoints of runs and results."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.pagination import Stream
from moztrap.api.serializers import execution as shown
from moztrap.api.verdicts import read_verdicts
from moztrap.api.views.base import DetailEndpoint, Endpoint, ListEndpoint
from moztrap.catalog.models import ProductVersion
from moztrap.core.listing import ChoiceFilter, Listing, TextFilter
from moztrap.environments.models import Environment
from moztrap.execution.actions import (
    RunPlan,
    activate_run,
    clone_run,
    create_run,
    deactivate_run,
    record_results,
    refresh_run,
    start_build,
    update_run,
)
from moztrap.execution.actions.create_run import suites_of
from moztrap.execution.filters import CELL_STATUS_OPTIONS, RUNS
from moztrap.execution.models import Cell, Result, Run, RunCaseVersion
from moztrap.library.models import Suite
from moztrap.reports.filters import RESULT_STATUS_OPTIONS, REVIEW_OPTIONS


def _runs() -> Any:
    return Run.objects.order_by("-pk").prefetch_related("tallies", "runsuites", "environments")


def _shown(run: Run, status: int = 200) -> Response:
    return Response(shown.RunSerializer(_runs().get(pk=run.pk)).data, status=status)


def _found(model: Any, ids: list[int], name: str) -> list[Any]:
    """Return records in the order of their ids; an id without one is an error."""
    rows = model.objects.in_bulk(ids)
    missing = [str(pk) for pk in ids if pk not in rows]
    if missing:
        raise ValidationError({name: [f"There is no {', '.join(missing)}."]})
    return [rows[pk] for pk in ids]


def _plan(values: dict[str, Any], start_from: dict[str, Any]) -> RunPlan:
    if "suites" in values:
        values["suites"] = _found(Suite, values["suites"], "suites")
    if "environments" in values:
        values["environments"] = _found(Environment, values["environments"], "environments")
    plan = RunPlan(**{**start_from, **values})
    if plan.end is not None and plan.end < plan.start:
        raise ValidationError({"end": ["A run cannot end before it starts."]})
    return plan


class RunList(ListEndpoint):
    """Runs; a POST plans one."""

    serializer_class = shown.RunSerializer
    write_policy = "manage_runs"
    listing = RUNS

    def get_queryset(self) -> Any:
        """Return the runs."""
        return _runs()

    @extend_schema(request=shown.RunPlanSerializer, responses={201: shown.RunSerializer})
    def post(self, request: Request) -> Response:
        """Plan a run; it is a draft."""
        sent = shown.RunPlanSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        values.pop("cc_version", None)
        [version] = _found(ProductVersion, [values.pop("productversion")], "productversion")
        plan = _plan(values, {})
        return _shown(create_run(by=request.user, productversion=version, plan=plan), status=201)


class RunDetail(DetailEndpoint):
    """A run; a PATCH changes it."""

    serializer_class = shown.RunSerializer
    write_policy = "manage_runs"

    def get_queryset(self) -> Any:
        """Return the runs."""
        return _runs()

    @extend_schema(request=shown.RunPlanSerializer, responses=shown.RunSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a run that nobody else changed since ``cc_version``."""
        run: Run = get_object_or_404(Run.objects.select_related("productversion"), pk=pk)
        sent = shown.RunPlanSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        if values.pop("productversion", run.productversion_id) != run.productversion_id:
            raise ValidationError({"productversion": ["A run keeps its product version."]})
        version = values.pop("cc_version", run.cc_version)
        names = ("name", "description", "start", "end", "build", "is_series")
        saved = {name: getattr(run, name) for name in names} | {"suites": suites_of(run)}
        plan = _plan(values, saved)
        return _shown(update_run(run, by=request.user, cc_version=version, plan=plan))


class RunAction(Endpoint):
    """Something that is done to a run; the answer is the run."""

    serializer_class = shown.RunSerializer
    write_policy = "manage_runs"
    http_method_names = ("post", "options")
    filter_backends: Any = ()

    def act(self, request: Request, run: Run) -> Run:
        """Do it."""
        raise NotImplementedError

    @extend_schema(request=None, responses=shown.RunSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Do it and show the run."""
        run: Run = get_object_or_404(Run.objects.select_related("productversion"), pk=pk)
        return _shown(self.act(request, run))


class RunActivate(RunAction):
    """Open a run to testers."""

    def act(self, request: Request, run: Run) -> Run:
        """Activate it."""
        return activate_run(run, by=request.user)


class RunRefresh(RunAction):
    """Bring an active run up to date; no result is lost."""

    def act(self, request: Request, run: Run) -> Run:
        """Refresh it."""
        refresh_run(run, by=request.user)
        return run


class RunDeactivate(RunAction):
    """Close a run."""

    def act(self, request: Request, run: Run) -> Run:
        """Disable it."""
        return deactivate_run(run, by=request.user)


class RunClone(RunAction):
    """Make a draft like a run."""

    def act(self, request: Request, run: Run) -> Run:
        """Clone it."""
        return clone_run(run, by=request.user)


class RunBuild(RunAction):
    """Start a build of a series, or join it."""

    write_policy = "execute"

    @extend_schema(request=shown.BuildSerializer, responses=shown.RunSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Return the run of the build."""
        return super().post(request, pk)

    def act(self, request: Request, run: Run) -> Run:
        """Start it, or find it."""
        sent = shown.BuildSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return start_build(run, by=request.user, build=sent.validated_data["build"])


class RunCaseVersionList(ListEndpoint):
    """What a run has in its snapshot, in order; withdrawn ones last."""

    serializer_class = shown.RunCaseVersionSerializer

    def get_queryset(self) -> Any:
        """Return the rows of one run."""
        rows = RunCaseVersion.objects.filter(run=self.kwargs["pk"], run__deleted_on__isnull=True)
        return rows.order_by("withdrawn_on", "order", "pk")


class CellList(ListEndpoint):
    """The cells of a run: each case in each environment, and what stands."""

    serializer_class = shown.CellSerializer
    listing = Listing(
        columns=(), filters=(ChoiceFilter("status", "Status", choices=CELL_STATUS_OPTIONS),)
    )

    def get_queryset(self) -> Any:
        """Return the cells of one run."""
        rows = Cell.objects.filter(run=self.kwargs["pk"], run__deleted_on__isnull=True)
        return rows.select_related("runcaseversion__caseversion").order_by("pk")


class ResultList(ListEndpoint):
    """The results of a run, newest first; a POST records more."""

    serializer_class = shown.ResultSerializer
    pagination_class = Stream
    write_policy = "execute"
    listing = Listing(
        columns=(),
        filters=(
            ChoiceFilter("status", "Status", choices=RESULT_STATUS_OPTIONS),
            ChoiceFilter("review", "Review", choices=REVIEW_OPTIONS),
            TextFilter("comment", "Comment"),
            TextFilter("bug", "Bug", fields=("bug_url",)),
            TextFilter("tester", "Tester", fields=("tester__username",), names_people=True),
        ),
    )

    def get_queryset(self) -> Any:
        """Return the results of one run."""
        rows = Result.objects.filter(run=self.kwargs["pk"], run__deleted_on__isnull=True)
        return rows.select_related("cell__runcaseversion__caseversion").prefetch_related("steps")

    @extend_schema(request=shown.VerdictsSerializer, responses={201: shown.RecordedSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Record up to 5,000 results, all of them or none."""
        run: Run = get_object_or_404(Run.objects.all(), pk=pk)
        verdicts = read_verdicts(run, request.data)
        results = record_results(run, verdicts, by=request.user)
        body = {"recorded": len(results), "progress": run.progress}
        return Response(shown.RecordedSerializer(body).data, status=201)
