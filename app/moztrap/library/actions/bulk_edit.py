"""Change or delete many case versions at once, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from moztrap.catalog.models import Product
from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.actions.set_based import insert_select, update_found
from moztrap.core.authority import authorise
from moztrap.core.models import AuditEntry
from moztrap.library.actions.fill_suite import add_cases
from moztrap.library.actions.mark_latest import mark_latest
from moztrap.library.models import Attachment, Case, CaseVersion, Suite, Tag

NO_PRIORITY = 0


@dataclass(frozen=True)
class BulkChange:
    """What is to be changed; None and nothing leave things as they are."""

    status: str | None = None
    # `NO_PRIORITY` takes the priority away.
    priority: int | None = None
    add_tags: Sequence[Tag] = ()
    remove_tags: Sequence[Tag] = ()
    suite: Suite | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether it changes nothing at all."""
        return self == BulkChange()


@dataclass(frozen=True)
class BulkReport:
    """How many case versions a change concerns, one number for each kind of change."""

    selected: int = 0
    status: int = 0
    priority: int = 0
    tagged: int = 0
    untagged: int = 0
    added_to_suite: int = 0


def preview_bulk_edit(rows: "QuerySet[Any]", change: BulkChange) -> BulkReport:
    """Count what `bulk_edit` would change."""
    added = 0
    if change.suite is not None:
        ours: Any = rows.filter(case__product=change.suite.product_id)
        added = ours.outside_suite(change.suite.pk).order_by().values("case").distinct().count()
    return BulkReport(
        selected=rows.count(),
        status=rows.filter(_status_differs(change)).count() if change.status else 0,
        priority=rows.filter(_priority_differs(change)).count() if _sets_priority(change) else 0,
        tagged=rows.filter(_lacks_tags(change)).count() if change.add_tags else 0,
        untagged=rows.filter(_has_tags(change.remove_tags)).count() if change.remove_tags else 0,
        added_to_suite=added,
    )


@atomic()
def bulk_edit(
    rows: "QuerySet[Any]", change: BulkChange, *, by: AbstractBaseUser | None
) -> BulkReport:
    """Change the case versions that a query finds; return what was changed.

    Every one that changes is a new version for whoever has it open. Takes a number of
    statements that depends on the tags alone.
    """
    if change.suite is not None:
        authorise(by, "manage_suite_cases")
    if change.suite is None or change != BulkChange(suite=change.suite):
        authorise(by, "manage_cases")
    _refuse_foreign_tags(rows, change)
    report = preview_bulk_edit(rows, change)
    if change.suite is not None:
        # First, because what follows may change what the query finds.
        add_cases(change.suite, by=by, caseversions=rows)
    differs = _differs(change)
    if differs is None:
        return report
    stamp = timezone.now()
    count = update_found(
        rows.filter(differs),
        modified_on=stamp,
        modified_by=by,
        cc_version=F("cc_version") + 1,
    )
    if count:
        # Known by the stamp from here on, whatever the query would find now.
        marked = CaseVersion.objects.filter(modified_on=stamp, modified_by=by)
        _log(marked, change, stamp, by)
        _write(marked, change, stamp, by)
        record_audit("bulk edit", by=by, details={"case versions": count, **_told(change)})
    return report


@atomic()
def bulk_delete(rows: "QuerySet[Any]", *, by: AbstractBaseUser | None) -> int:
    """Delete the case versions that a query finds, and cases that have none left.

    Everything goes under one timestamp and comes back together (`undelete_batch`).
    Returns how many case versions went.
    """
    authorise(by, "manage_cases")
    stamp = timezone.now()
    gone = {"deleted_on": stamp, "deleted_by": by, "cc_version": F("cc_version") + 1}
    count = update_found(rows, **gone)
    if not count:
        return 0
    taken = CaseVersion.everything.filter(deleted_on=stamp, deleted_by=by)
    Attachment.objects.filter(caseversion__in=taken.values("pk")).update(**gone)
    left = CaseVersion.objects.filter(case=OuterRef("pk"))
    update_found(Case.objects.filter(~Exists(left), pk__in=taken.values("case")), **gone)
    for product in Product.objects.filter(pk__in=taken.values("case__product")):
        mark_latest(product, by=by)
    record_audit("bulk delete", by=by, details={"case versions": count})
    return count


# --- What differs --------------------------------------------------------------------------


def _sets_priority(change: BulkChange) -> bool:
    return change.priority is not None


def _status_differs(change: BulkChange) -> Q:
    return ~Q(status=change.status)


def _priority_differs(change: BulkChange) -> Q:
    if change.priority == NO_PRIORITY:
        return Q(case__priority__isnull=False)
    return Q(case__priority__isnull=True) | ~Q(case__priority=change.priority)


def _has_tags(tags: Sequence[Tag]) -> Q:
    link: Any = CaseVersion.tags.through
    return Q(Exists(link.objects.filter(caseversion=OuterRef("pk"), tag__in=[t.pk for t in tags])))


def _lacks(tag: Tag) -> Q:
    lacking = ~_has_tags([tag])
    return lacking & Q(case__product=tag.product_id) if tag.product_id else lacking


def _lacks_tags(change: BulkChange) -> Q:
    condition = Q()
    for tag in change.add_tags:
        condition |= _lacks(tag)
    return condition


def _differs(change: BulkChange) -> Q | None:
    """Return what finds the rows that a change would alter, or None if it alters no row."""
    conditions = []
    if change.status:
        conditions.append(_status_differs(change))
    if _sets_priority(change):
        conditions.append(_priority_differs(change))
    if change.add_tags:
        conditions.append(_lacks_tags(change))
    if change.remove_tags:
        conditions.append(_has_tags(change.remove_tags))
    combined: Q | None = None
    for condition in conditions:
        combined = condition if combined is None else combined | condition
    return combined


def _refuse_foreign_tags(rows: "QuerySet[Any]", change: BulkChange) -> None:
    """A tag of one product goes to cases of that product alone."""
    own = {tag.product_id for tag in change.add_tags if tag.product_id}
    if not own:
        return
    products = set(rows.order_by().values_list("case__product", flat=True).distinct()[:50])
    for tag in change.add_tags:
        if tag.product_id and products - {tag.product_id}:
            raise ActionError(
                f"The tag “{tag}” is for cases of {tag.product}; this selection has others too. "
                "Filter by product first."
            )


# --- Writing -------------------------------------------------------------------------------


def _told(change: BulkChange) -> dict[str, Any]:
    """Return a change as the log tells it."""
    told: dict[str, Any] = {}
    if change.status:
        told["status"] = change.status
    if _sets_priority(change):
        told["priority"] = change.priority or None
    if change.add_tags or change.remove_tags:
        told["tags"] = [
            *(f"+{tag.name}" for tag in change.add_tags),
            *(f"-{tag.name}" for tag in change.remove_tags),
        ]
    return told


def _log(
    marked: "QuerySet[Any]", change: BulkChange, stamp: datetime, by: AbstractBaseUser | None
) -> None:
    """Write one line of history for each case version."""
    insert_select(
        AuditEntry,
        marked,
        at=stamp,
        actor=by.pk if by is not None else None,
        actor_name=by.get_username() if by is not None else "",
        verb="update",
        model=CaseVersion._meta.label_lower,
        object_id=Cast("pk", CharField(max_length=40)),
        object_name=F("name"),
        details=_told(change),
    )


def _write(
    marked: "QuerySet[Any]", change: BulkChange, stamp: datetime, by: AbstractBaseUser | None
) -> None:
    link: Any = CaseVersion.tags.through
    if change.status:
        marked.update(status=change.status)
    for tag in change.add_tags:
        insert_select(link, marked.filter(_lacks(tag)), caseversion=F("pk"), tag=tag.pk)
    if change.remove_tags:
        link.objects.filter(
            caseversion__in=marked.values("pk"), tag__in=[tag.pk for tag in change.remove_tags]
        ).delete()
    if _sets_priority(change):
        _write_priority(marked, change, stamp, by)


def _write_priority(
    marked: "QuerySet[Any]", change: BulkChange, stamp: datetime, by: AbstractBaseUser | None
) -> None:
    """Set the priority of the cases: all their versions have changed with it."""
    cases = marked.filter(_priority_differs(change)).values("case")
    written = {"modified_on": stamp, "modified_by": by, "cc_version": F("cc_version") + 1}
    others = CaseVersion.objects.filter(case__in=cases).exclude(pk__in=marked.values("pk"))
    update_found(
        others,
        modified_on=stamp,
        cc_version=F("cc_version") + 1,
    )
    update_found(Case.objects.filter(pk__in=cases), priority=change.priority or None, **written)
