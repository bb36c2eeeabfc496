"""Take the cases of one version of a product into another, whatever their number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from moztrap.catalog.actions.order import hold_versions
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.actions.set_based import insert_select
from moztrap.core.authority import authorise
from moztrap.library.actions.mark_latest import mark_latest
from moztrap.library.models import Attachment, CaseStep, CaseVersion
from moztrap.library.models import Case as TestCase


@atomic()
def copy_cases(
    source: ProductVersion, target: ProductVersion, *, by: AbstractBaseUser | None
) -> int:
    """Copy the text of each case that ``target`` lacks; return how many were copied.

    Name, description, status, steps, tags and attachments come along, and so does the
    author. Environments that were chosen by hand come along as far as the target has
    them; otherwise those of the target apply. What is there already is left alone.

    Takes a constant number of statements, and no row is read into memory.
    """
    authorise(by, "manage_products")
    if source.product_id != target.product_id:
        raise ActionError(f"{source} is a version of another product.")
    hold_versions(target.product)
    _hold_cases(source)
    stamp = timezone.now()
    count = _copy_texts(missing_cases(source, target), target, stamp, by)
    if count:
        fresh = CaseVersion.objects.filter(productversion=target, created_on=stamp)
        _copy_parts(source, fresh, stamp, by)
        _copy_environments(source, target, fresh)
        mark_latest(target.product, by=by)
        record_audit("copy cases", target, by=by, details={"from": source.version, "cases": count})
    return count


def copy_entered(
    rows: Sequence[CaseVersion], source: ProductVersion, *, by: AbstractBaseUser | None
) -> None:
    """Copy case versions that were just written into all later versions, for other actions."""
    later = ProductVersion.objects.filter(
        product=source.product_id, order__gt=source.order
    ).select_related("product")
    keys = [row.pk for row in rows]
    for target in later.order_by("order"):
        stamp = timezone.now()
        chosen = missing_cases(source, target).filter(pk__in=keys)
        if _copy_texts(chosen, target, stamp, by):
            fresh = CaseVersion.objects.filter(productversion=target, created_on=stamp)
            _copy_parts(source, fresh, stamp, by)
            _copy_environments(source, target, fresh)


def missing_cases(source: ProductVersion, target: ProductVersion) -> "QuerySet[Any]":
    """Return the case versions of ``source`` whose cases ``target`` lacks."""
    present = CaseVersion.objects.filter(case=OuterRef("case"), productversion=target)
    return CaseVersion.objects.filter(
        ~Exists(present), productversion=source, case__deleted_on__isnull=True
    )


def _hold_cases(source: ProductVersion) -> None:
    """Wait until nobody else changes these cases or takes them into a version."""
    cases = TestCase.everything.select_for_update().filter(versions__productversion=source)
    for _ in cases.order_by("pk").values_list("pk").iterator():
        pass


def _copy_texts(
    chosen: "QuerySet[Any]",
    target: ProductVersion,
    stamp: datetime,
    by: AbstractBaseUser | None,
) -> int:
    return insert_select(
        CaseVersion,
        chosen,
        case=F("case"),
        productversion=target.pk,
        name=F("name"),
        description=F("description"),
        status=F("status"),
        envs_narrowed=Case(When(_stays_narrowed(target), then=Value(True)), default=Value(False)),
        latest=False,
        created_on=stamp,
        created_by=F("created_by"),
        modified_on=stamp,
        modified_by=by.pk if by is not None else None,
        deleted_on=None,
        deleted_by=None,
        cc_version=0,
    )


def _stays_narrowed(target: ProductVersion) -> Q:
    """Narrowed to something that the target has: nothing at all would mean everything."""
    narrowed = Q(envs_narrowed=True)
    offered = target.environments.values("pk")
    if not offered.exists():
        return narrowed
    link: Any = CaseVersion.environments.through
    common = link.objects.filter(caseversion=OuterRef("pk"), environment__in=offered)
    return narrowed & Q(Exists(common))


def _copy_parts(
    source: ProductVersion,
    fresh: "QuerySet[Any]",
    stamp: datetime,
    by: AbstractBaseUser | None,
) -> None:
    tag_link: Any = CaseVersion.tags.through
    insert_select(
        CaseStep,
        _of_copied(CaseStep.objects.all(), source, fresh),
        caseversion=_copy_of(fresh),
        number=F("number"),
        instruction=F("instruction"),
        expected=F("expected"),
    )
    insert_select(
        tag_link,
        _of_copied(tag_link.objects.filter(tag__deleted_on__isnull=True), source, fresh),
        caseversion=_copy_of(fresh),
        tag=F("tag"),
    )
    insert_select(
        Attachment,
        _of_copied(Attachment.objects.all(), source, fresh),
        caseversion=_copy_of(fresh),
        name=F("name"),
        file=F("file"),
        size=F("size"),
        content_type=F("content_type"),
        digest=F("digest"),
        created_on=stamp,
        created_by=F("created_by"),
        modified_on=stamp,
        modified_by=by.pk if by is not None else None,
        deleted_on=None,
        deleted_by=None,
        cc_version=0,
    )


def _copy_environments(
    source: ProductVersion, target: ProductVersion, fresh: "QuerySet[Any]"
) -> None:
    link: Any = CaseVersion.environments.through
    following = fresh.filter(envs_narrowed=False, productversion__environments__isnull=False)
    insert_select(
        link, following, caseversion=F("pk"), environment=F("productversion__environments")
    )
    narrowed = _of_copied(link.objects.all(), source, fresh.filter(envs_narrowed=True))
    if target.environments.exists():
        narrowed = narrowed.filter(environment__in=target.environments.values("pk"))
    insert_select(link, narrowed, caseversion=_copy_of(fresh), environment=F("environment"))


def _of_copied(
    parts: "QuerySet[Any]", source: ProductVersion, fresh: "QuerySet[Any]"
) -> "QuerySet[Any]":
    """Return what belongs to the source's text of each case that was copied."""
    return parts.filter(
        caseversion__productversion=source,
        caseversion__deleted_on__isnull=True,
        caseversion__case__in=fresh.order_by().values("case"),
    )


def _copy_of(fresh: "QuerySet[Any]") -> Subquery:
    return Subquery(fresh.filter(case=OuterRef("caseversion__case")).values("pk")[:1])
