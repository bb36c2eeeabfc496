"""Take a case into another version of its product."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, atomic, create_record
from moztrap.core.authority import authorise
from moztrap.environments.models import Environment
from moztrap.library.actions.hold_case import hold_case
from moztrap.library.actions.mark_latest import mark_latest_of
from moztrap.library.actions.write_attachments import share_attachments
from moztrap.library.actions.write_steps import StepText, write_steps
from moztrap.library.models import CaseVersion


@atomic()
def extend_case(
    source: CaseVersion, *, by: AbstractBaseUser | None, productversion: ProductVersion
) -> CaseVersion:
    """Copy the text of a case into a version of its product that has none yet.

    Environments that were chosen by hand are taken along as far as the product version
    has them; otherwise, and if none is left, those of the product version apply.
    """
    authorise(by, "create_cases")
    if productversion.product_id != source.case.product_id:
        raise ActionError(f"{productversion} is a version of another product.")
    hold_case(source.case)
    environments, narrowed = _environments(source, productversion)
    copy = create_record(
        CaseVersion,
        by=by,
        case=source.case,
        productversion=productversion,
        name=source.name,
        description=source.description,
        status=source.status,
        tags=list(source.tags.all()),
        environments=environments,
        envs_narrowed=narrowed,
    )
    write_steps(copy, [StepText(s.instruction, s.expected) for s in source.steps.all()])
    share_attachments(source, copy, by=by)
    mark_latest_of(source.case_id)
    copy.refresh_from_db()
    return copy


def _environments(
    source: CaseVersion, productversion: ProductVersion
) -> tuple[list[Environment], bool]:
    """Return what a copy runs in, and whether that is narrowed; `copy_cases` does the same."""
    offered = list(productversion.environments.all())
    if source.envs_narrowed:
        chosen = list(source.environments.all())
        kept = [each for each in chosen if each in offered] if offered else chosen
        if kept:
            return kept, True
    return offered, False
