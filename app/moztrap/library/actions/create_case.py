"""Create a case with its first version."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import atomic, create_record
from moztrap.core.authority import authorise
from moztrap.core.uploads import Upload
from moztrap.environments.models import Environment
from moztrap.library.actions.extend_case import extend_case
from moztrap.library.actions.mark_latest import mark_latest_of
from moztrap.library.actions.write_attachments import share_attachments, write_attachments
from moztrap.library.actions.write_steps import StepText, write_steps
from moztrap.library.models import Case, CaseVersion, Status, Tag


@atomic()
def create_case(
    *,
    by: AbstractBaseUser | None,
    productversion: ProductVersion,
    name: str,
    description: str = "",
    status: str = Status.ACTIVE,
    idprefix: str = "",
    priority: int | None = None,
    steps: Sequence[StepText] = (),
    tags: Iterable[Tag] = (),
    environments: Iterable[Environment] | None = None,
    uploads: Iterable[Upload] = (),
    and_later: bool = False,
    like: CaseVersion | None = None,
) -> CaseVersion:
    """Create a case and its text in one product version, and perhaps in all later ones.

    It runs in the environments of the product version unless others are given. From the
    case version that it is ``like``, it takes the files and, in the same product version,
    the environments that were chosen by hand. Returns the text in ``productversion``.
    """
    authorise(by, "create_cases")
    case = create_record(
        Case, by=by, product=productversion.product, idprefix=idprefix, priority=priority
    )
    offered = list(productversion.environments.all())
    if environments is None and like is not None and like.envs_narrowed:
        is_beside = like.productversion_id == productversion.pk
        environments = like.environments.all() if is_beside else None
    chosen = list(environments) if environments is not None else offered
    caseversion = create_record(
        CaseVersion,
        by=by,
        case=case,
        productversion=productversion,
        name=name,
        description=description,
        status=status,
        tags=list(tags),
        environments=chosen,
        envs_narrowed={each.pk for each in chosen} != {each.pk for each in offered},
    )
    write_steps(caseversion, steps)
    if like is not None:
        share_attachments(like, caseversion, by=by)
    write_attachments(caseversion, uploads, by=by)
    if and_later:
        later = ProductVersion.objects.select_related("product").filter(
            product=productversion.product_id, order__gt=productversion.order
        )
        for version in later.order_by("order"):
            extend_case(caseversion, by=by, productversion=version)
    mark_latest_of(case.pk)
    caseversion.refresh_from_db()
    return caseversion
