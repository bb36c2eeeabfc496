"""Test a build in a series."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import ActionError, atomic, create_record
from moztrap.core.authority import authorise
from moztrap.execution.actions.activate_run import open_run
from moztrap.execution.actions.create_run import LONGEST_NAME, suites_of, write_suites
from moztrap.execution.actions.hold_run import hold_run
from moztrap.execution.models import Run


@atomic()
def start_build(series: Run, *, by: AbstractBaseUser | None, build: str) -> Run:
    """Return the run of a build in an active series; the first who asks creates and opens it.

    Testers who ask at once are served one after the other, and get the same run.
    """
    authorise(by, "execute")
    build = build.strip()
    if not build:
        raise ActionError("Name the build that you test.")
    held = hold_run(series)
    if not held.is_series:
        raise ActionError(f"“{held}” is no series.")
    member: Run | None = Run.objects.filter(series=held, build=build).first()
    if member is not None:
        return member
    if not held.is_active:
        raise ActionError(f"“{held}” is not active, so no build can be started in it.")
    suffix = f" - Build: {build}"
    member = create_record(
        Run,
        by=by,
        productversion=held.productversion,
        name=held.name[: LONGEST_NAME - len(suffix)] + suffix,
        description=held.description,
        build=build,
        series=held,
        environments=list(held.environments.all()),
    )
    write_suites(member, suites_of(held))
    return open_run(member, by=by)
