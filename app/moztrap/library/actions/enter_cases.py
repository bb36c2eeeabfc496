"""Create many cases at once: all of them or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import CharField, F
from django.db.models.functions import Cast
from django.utils import timezone

from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.actions.keyed import create_keyed
from moztrap.core.actions.set_based import insert_select
from moztrap.core.authority import authorise
from moztrap.core.models import AuditEntry
from moztrap.core.policies import may
from moztrap.library.actions.copy_cases import copy_entered
from moztrap.library.actions.create_suite import create_suite
from moztrap.library.actions.create_tag import create_tag
from moztrap.library.actions.fill_suite import add_cases
from moztrap.library.actions.mark_latest import mark_latest
from moztrap.library.actions.write_steps import write_steps_of
from moztrap.library.entry.drafts import Draft
from moztrap.library.importing.records import fold
from moztrap.library.models import Case, CaseVersion, Status, Suite, Tag

_BATCH = 500


@dataclass(frozen=True)
class Entry:
    """Where the cases go, and what all of them have besides what they say themselves."""

    productversion: ProductVersion
    and_later: bool = False
    status: str = Status.ACTIVE
    priority: int | None = None
    idprefix: str = ""
    tags: Sequence[str] = ()
    suite: Suite | None = None
    # Take cases too whose name is in the version already.
    doubles: bool = False


@dataclass
class EntryPlan:
    """What would be written, and why it cannot be."""

    drafts: list[Draft] = field(default_factory=list)
    skipped: list[Draft] = field(default_factory=list)
    new_tags: list[str] = field(default_factory=list)
    new_suites: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def step_count(self) -> int:
        """Return how many steps the cases have."""
        return sum(len(draft.steps) for draft in self.drafts)


def plan_entry(drafts: Iterable[Draft], entry: Entry, *, by: AbstractBaseUser | None) -> EntryPlan:
    """Say what `enter_cases` would do (3 queries); writes nothing."""
    plan = EntryPlan()
    names = CaseVersion.objects.filter(productversion=entry.productversion)
    present = {fold(name) for name in names.values_list("name", flat=True).iterator()}
    for draft in drafts:
        known = fold(draft.name)
        is_double = known in present and not entry.doubles
        (plan.skipped if is_double else plan.drafts).append(draft)
        present.add(known)
    product = entry.productversion.product
    tags = _tags_by_name(product)
    suites = _suites_by_name(product)
    plan.new_tags = _missing(
        [*(entry.tags if plan.drafts else ()), *(t for d in plan.drafts for t in d.tags)], tags
    )
    plan.new_suites = _missing((s for d in plan.drafts for s in d.suites), suites)
    for kind, wanted, permission in (
        ("tag", plan.new_tags, "manage_tags"),
        ("suite", plan.new_suites, "manage_suites"),
    ):
        if wanted and by is not None and not may(by, permission):
            listed = ", ".join(f"“{name}”" for name in wanted[:10])
            plan.problems.append(
                f"There is no {kind} {listed}. A new one needs the permission "
                f"“{permission.replace('_', ' ')}”."
            )
    return plan


@atomic()
def enter_cases(drafts: Iterable[Draft], entry: Entry, *, by: AbstractBaseUser | None) -> EntryPlan:
    """Write the cases with the tags and suites that they name; raise ActionError and write none."""
    authorise(by, "create_cases")
    # One entry into a product at a time, so that no double slips in.
    Product.objects.select_for_update().get(pk=entry.productversion.product_id)
    plan = plan_entry(drafts, entry, by=by)
    if plan.problems:
        raise ActionError(" ".join(plan.problems))
    if not plan.drafts:
        return plan
    product = entry.productversion.product
    for name in plan.new_tags:
        create_tag(by=by, name=name, product=product)
    for name in plan.new_suites:
        create_suite(by=by, product=product, name=name)
    rows = _write(plan.drafts, entry, by=by)
    _write_links(plan.drafts, rows, entry, _tags_by_name(product))
    if entry.and_later:
        copy_entered(rows, entry.productversion, by=by)
    mark_latest(product, by=by)
    _fill_suites(plan.drafts, rows, entry, _suites_by_name(product), by=by)
    details = {"cases": len(rows), "steps": plan.step_count}
    record_audit("enter cases", entry.productversion, by=by, details=details)
    return plan


def _write(
    drafts: Sequence[Draft], entry: Entry, *, by: AbstractBaseUser | None
) -> list[CaseVersion]:
    cases = create_keyed(
        (
            Case(
                product=entry.productversion.product,
                idprefix=draft.idprefix if draft.idprefix is not None else entry.idprefix,
                priority=draft.priority if draft.priority is not None else entry.priority,
                created_by=by,
                modified_by=by,
            )
            for draft in drafts
        ),
        batch_size=_BATCH,
    )
    rows = create_keyed(
        (
            CaseVersion(
                case=case,
                productversion=entry.productversion,
                name=draft.name,
                description=draft.description,
                status=draft.status or entry.status,
                created_by=by,
                modified_by=by,
            )
            for case, draft in zip(cases, drafts, strict=True)
        ),
        batch_size=_BATCH,
    )
    insert_select(
        AuditEntry,
        CaseVersion.objects.filter(pk__in=[row.pk for row in rows]),
        at=timezone.now(),
        actor=by.pk if by is not None else None,
        actor_name=by.get_username() if by is not None else "",
        verb="create",
        model=CaseVersion._meta.label_lower,
        object_id=Cast("pk", CharField(max_length=40)),
        object_name=F("name"),
        details={},
    )
    write_steps_of({row.pk: draft.steps for row, draft in zip(rows, drafts, strict=True)})
    return rows


def _write_links(
    drafts: Sequence[Draft],
    rows: Sequence[CaseVersion],
    entry: Entry,
    tags: dict[str, int],
) -> None:
    tag_link: Any = CaseVersion.tags.through
    tag_link.objects.bulk_create(
        (
            tag_link(caseversion_id=row.pk, tag_id=tag)
            for row, draft in zip(rows, drafts, strict=True)
            for tag in dict.fromkeys(tags[fold(name)] for name in [*entry.tags, *draft.tags])
        ),
        batch_size=_BATCH,
    )
    link: Any = CaseVersion.environments.through
    environments = list(entry.productversion.environments.values_list("pk", flat=True))
    link.objects.bulk_create(
        (
            link(caseversion_id=row.pk, environment_id=environment)
            for row in rows
            for environment in environments
        ),
        batch_size=_BATCH,
    )


def _fill_suites(
    drafts: Sequence[Draft],
    rows: Sequence[CaseVersion],
    entry: Entry,
    suites: dict[str, int],
    *,
    by: AbstractBaseUser | None,
) -> None:
    members: dict[int, list[int]] = {}
    for row, draft in zip(rows, drafts, strict=True):
        for name in draft.suites:
            members.setdefault(suites[fold(name)], []).append(row.pk)
    if entry.suite is not None:
        members.setdefault(entry.suite.pk, []).extend(row.pk for row in rows)
    for suite in Suite.objects.filter(pk__in=members):
        chosen = CaseVersion.objects.filter(pk__in=members[suite.pk])
        add_cases(suite, by=by, caseversions=chosen.order_by("case"))


def _tags_by_name(product: Product) -> dict[str, int]:
    """Return the tags of a product and the global ones; the product's own win."""
    tags = Tag.objects.usable_in(product.pk).order_by("product_key")
    return {fold(name): pk for pk, name in tags.values_list("pk", "name")}


def _suites_by_name(product: Product) -> dict[str, int]:
    suites = Suite.objects.filter(product=product)
    return {fold(name): pk for pk, name in suites.values_list("pk", "name")}


def _missing(names: Iterable[str], known: dict[str, int]) -> list[str]:
    return list({fold(name): name for name in names if fold(name) not in known}.values())
