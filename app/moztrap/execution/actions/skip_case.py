"""Agree not to test a case, or to test it after all: in all environments of a run."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import ActionError, atomic
from moztrap.core.authority import authorise
from moztrap.execution.actions.record_results import Verdict, record_results
from moztrap.execution.models import Cell, CellStatus, Result, ResultStatus, RunCaseVersion


@atomic()
def skip_case(
    runcaseversion: RunCaseVersion, *, by: AbstractBaseUser, comment: str = ""
) -> list[Result]:
    """Skip a case in every environment that it has in its run."""
    authorise(by, "manage_runs")
    return _record(runcaseversion, ResultStatus.SKIPPED, by, comment)


@atomic()
def unskip_case(runcaseversion: RunCaseVersion, *, by: AbstractBaseUser) -> list[Result]:
    """Take the skip of a case back wherever it stands."""
    authorise(by, "manage_runs")
    return _record(runcaseversion, ResultStatus.RESTARTED, by, "", standing=CellStatus.SKIPPED)


def _record(
    runcaseversion: RunCaseVersion,
    status: str,
    by: AbstractBaseUser,
    comment: str,
    standing: str = "",
) -> list[Result]:
    cells = Cell.objects.filter(runcaseversion=runcaseversion).wanted()
    if standing:
        cells = cells.filter(status=standing)
    verdicts = [
        Verdict(cell_id=pk, status=status, comment=comment)
        for pk in cells.order_by("pk").values_list("pk", flat=True)
    ]
    if not verdicts:
        raise ActionError("There is nothing to change: somebody was here before you.")
    return record_results(runcaseversion.run, verdicts, by=by)
