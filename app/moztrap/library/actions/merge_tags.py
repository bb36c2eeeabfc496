"""Make one tag of two."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, F, OuterRef

from moztrap.core.actions import ActionError, atomic, delete_record, record_audit
from moztrap.core.actions.set_based import insert_select
from moztrap.core.authority import authorise
from moztrap.library.models import CaseVersion, Tag


@atomic()
def merge_tags(source: Tag, target: Tag, *, by: AbstractBaseUser | None) -> int:
    """Give ``target`` to all that have ``source``, and delete that; return how many got it.

    The description of ``target`` stays as it is.
    """
    authorise(by, "manage_tags")
    if source.pk == target.pk:
        raise ActionError("A tag is not merged into itself.")
    link: Any = CaseVersion.tags.through
    tagged = link.objects.filter(tag=source.pk)
    if target.product_id is not None:
        elsewhere = tagged.exclude(caseversion__case__product=target.product_id).count()
        if elsewhere:
            raise ActionError(
                f"{elsewhere:,} cases of other products have “{source}”, and “{target}” is for "
                f"cases of {target.product} alone."
            )
    present = link.objects.filter(tag=target.pk, caseversion=OuterRef("caseversion"))
    count = insert_select(
        link, tagged.filter(~Exists(present)), caseversion=F("caseversion"), tag=target.pk
    )
    record_audit("merge", target, by=by, details={"from": source.name, "case versions": count})
    delete_record(source, by=by)
    return count
