"""Endpoints of runs."""

from collections.abc import Iterable
from typing import Any, ClassVar

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.fields import listed
from moztrap.api.listings import RUNS
from moztrap.api.serializers import execution as shown
from moztrap.api.serializers.common import CountSerializer
from moztrap.api.views.base import (
    ActionEndpoint,
    CreateMixin,
    DetailEndpoint,
    Endpoint,
    ListEndpoint,
    RecordEndpoint,
    existing,
    written_with,
)
from moztrap.catalog.models import ProductVersion
from moztrap.execution.actions import (
    RunPlan,
    activate_run,
    assign_cells,
    clone_run,
    create_run,
    deactivate_run,
    delete_run,
    refresh_run,
    start_build,
    update_run,
)
from moztrap.execution.actions.create_run import suites_of
from moztrap.execution.models import Cell, CellStatus, Run

_WRITTEN = ("name", "description", "start", "end", "build", "is_series")


class _Runs(Endpoint):
    serializer_class = shown.RunSerializer
    queryset = Run.objects.order_by("-pk").prefetch_related("tallies", "runsuites", "environments")
    policies: ClassVar = written_with("manage_runs")

    def record(self) -> Run:
        """Return the run of the address for a write; raise Http404."""
        rows = Run.objects.select_related("productversion__product")
        run: Run = existing(rows, self.kwargs["pk"])
        return run


class RunList(_Runs, CreateMixin, ListEndpoint):
    """Runs, with their progress."""

    listing = RUNS
    sorts: ClassVar = {
        "id": (),
        "name": ("name",),
        "start": ("start",),
        "modified_on": ("modified_on",),
    }
    bodies: ClassVar = {"POST": shown.RunSent}

    def make(self, by: Any, values: dict[str, Any]) -> Run:
        """Plan a run; it is a draft."""
        version: ProductVersion = values.pop("productversion")
        if "environments" in values:
            _refuse_foreign(values["environments"], version, ())
        _refuse_foreign_suites(values.get("suites", ()), version)
        return create_run(by=by, productversion=version, plan=_plan(values))


class RunDetail(_Runs, RecordEndpoint):
    """A run."""

    bodies: ClassVar = {"PATCH": shown.RunChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change a run; new suites and environments of an active one refresh it at once."""
        if "environments" in values:
            present = record.environments.values_list("pk", flat=True)
            _refuse_foreign(values["environments"], record.productversion, present)
        _refuse_foreign_suites(values.get("suites", ()), record.productversion)
        saved = {name: getattr(record, name) for name in _WRITTEN}
        plan = _plan({**saved, "suites": suites_of(record), **values})
        return update_run(record, by=by, cc_version=cc_version, plan=plan)

    def remove(self, record: Any, by: Any) -> int:
        """Delete a run; its results come back with it."""
        return delete_run(record, by=by)


def _plan(values: dict[str, Any]) -> RunPlan:
    plan = RunPlan(**values)
    if plan.end is not None and plan.end < plan.start:
        raise ValidationError({"end": ["A run cannot end before it starts."]})
    return plan


def _refuse_foreign(chosen: list[Any], version: ProductVersion, present: Any) -> None:
    """Refuse environments that pages do not offer, and a run that would be run nowhere."""
    known = {*version.environments.values_list("pk", flat=True), *present}
    foreign = [each.pk for each in chosen if each.pk not in known]
    if foreign:
        said = f"{version} has no environments {listed(foreign)}."
        raise ValidationError({"environments": [said]})
    if known and not chosen:
        raise ValidationError({"environments": ["Name at least one environment."]})


def _refuse_foreign_suites(suites: Iterable[Any], version: ProductVersion) -> None:
    foreign = [each.pk for each in suites if each.product_id != version.product_id]
    if foreign:
        said = f"{version.product} has no suites {listed(foreign)}."
        raise ValidationError({"suites": [said]})


class RunAction(ActionEndpoint, _Runs, DetailEndpoint):
    """Something that is done to a run; the answer is the run."""

    doers: ClassVar = {"POST": "act"}

    def act(self, run: Run, by: Any, values: dict[str, Any]) -> Run:
        """Do it."""
        raise NotImplementedError

    def post(self, request: Request, pk: int) -> Response:
        """Do it and show the run."""
        run = self.record()
        values = self.sent(request) if "POST" in self.bodies else {}
        status, _ = self.answer_of("POST")
        return self.show(self.act(run, request.user, values).pk, status)


class RunActivate(RunAction):
    """The activation of a run."""

    def act(self, run: Run, by: Any, values: dict[str, Any]) -> Run:
        """Open a run to testers; it takes its snapshot of cases and environments."""
        return activate_run(run, by=by)


class RunRefresh(RunAction):
    """A newer snapshot for a run."""

    def act(self, run: Run, by: Any, values: dict[str, Any]) -> Run:
        """Bring an active run up to date; no result is lost."""
        refresh_run(run, by=by)
        return run


class RunDeactivate(RunAction):
    """The end of a run."""

    bodies: ClassVar = {"POST": shown.DeactivateSent}

    def act(self, run: Run, by: Any, values: dict[str, Any]) -> Run:
        """Close a run: for good, or as a draft for more work on it."""
        return deactivate_run(run, by=by, status=values["to"])


class RunClone(RunAction):
    """A run like another."""

    answers: ClassVar = {"POST": (201, shown.RunSerializer)}

    def act(self, run: Run, by: Any, values: dict[str, Any]) -> Run:
        """Make a draft like a run, without its results."""
        return clone_run(run, by=by)


class RunBuild(RunAction):
    """A build of a series."""

    policies: ClassVar = {"POST": "execute"}
    bodies: ClassVar = {"POST": shown.BuildSent}

    def act(self, run: Run, by: Any, values: dict[str, Any]) -> Run:
        """Return the run of a build in a series; the first who asks starts it."""
        return start_build(run, by=by, build=values["build"])


class RunAssign(ActionEndpoint, _Runs, DetailEndpoint):
    """Who tests what in a run."""

    bodies: ClassVar = {"POST": shown.AssignSent}
    answers: ClassVar = {"POST": (200, CountSerializer)}
    doers: ClassVar = {"POST": "assign"}

    def assign(self, run: Run, by: Any, values: dict[str, Any]) -> int:
        """Give cells of an active run to a tester, or to nobody."""
        cells: Any = Cell.objects.filter(run=run)
        if "environments" in values:
            cells = cells.filter(environment__in=values["environments"])
        if "cases" in values:
            cells = cells.filter(runcaseversion__caseversion__case__in=values["cases"])
        if values.get("suite") is not None:
            cells = cells.in_suites(values["suite"].pk)
        if values["only_free"]:
            cells = cells.filter(assignee=None)
        if values["only_pending"]:
            cells = cells.filter(status=CellStatus.PENDING)
        return assign_cells(run, cells, by=by, to=values["tester"])

    def post(self, request: Request, pk: int) -> Response:
        """Assign them, and say how many changed hands."""
        run = self.record()
        return self.answer("POST", {"count": self.assign(run, request.user, self.sent(request))})
