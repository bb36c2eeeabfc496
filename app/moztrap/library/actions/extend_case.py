"""Take a case into another version of its product."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, atomic, create_record
from moztrap.core.authority import authorise
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

    Environments that were chosen by hand are taken along; otherwise those of the
    new product version apply.
    """
    authorise(by, "create_cases")
    if productversion.product_id != source.case.product_id:
        raise ActionError(f"{productversion} is a version of another product.")
    hold_case(source.case)
    origin = source if source.envs_narrowed else productversion
    copy = create_record(
        CaseVersion,
        by=by,
        case=source.case,
        productversion=productversion,
        name=source.name,
        description=source.description,
        status=source.status,
        tags=list(source.tags.all()),
        environments=list(origin.environments.all()),
        envs_narrowed=source.envs_narrowed,
    )
    write_steps(copy, [StepText(s.instruction, s.expected) for s in source.steps.all()])
    share_attachments(source, copy, by=by)
    mark_latest_of(source.case_id)
    copy.refresh_from_db()
    return copy
