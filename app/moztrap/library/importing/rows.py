"""Write case versions in bulk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F
from django.utils import timezone

from moztrap.catalog.models import ProductVersion
from moztrap.library.actions.write_steps import StepText, write_steps_of
from moztrap.library.importing.links import insert_links
from moztrap.library.importing.plan import Write, origin_of
from moztrap.library.importing.shared import stamp
from moztrap.library.models import Case, CaseVersion, ImportedCaseVersion

BATCH = 500
Advance = Callable[[int], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """What every case version of one import shares."""

    version: ProductVersion
    source_name: str
    by: AbstractBaseUser | None
    tags: dict[int, int]
    environments: dict[int, int]
    # Those of the product version: a case with fewer was narrowed.
    all_environments: frozenset[int]

    def is_narrowed(self, write: Write) -> bool:
        """Tell whether a case runs in fewer environments than its product version."""
        return {self.environments[i] for i in write.case.environment_ids} != self.all_environments

    def origin(self, write: Write) -> str:
        """Name the case at its source."""
        return origin_of(self.source_name, "case", write.case.case_id)


def create_rows(writes: Sequence[Write], context: Context, advance: Advance) -> None:
    """Write new case versions, and their cases where those are new."""
    for batch in _batches(writes):
        by, version = context.by, context.version
        Case.objects.bulk_create(
            Case(
                product_id=version.product_id,
                priority=write.case.priority,
                origin=context.origin(write),
                **stamp(by),
            )
            for write in batch
            if write.case_pk is None
        )
        # Read back instead of trusting the insert: MySQL does not return ids.
        origins = {context.origin(write): write for write in batch}
        cases = Case.objects.filter(product_id=version.product_id, origin__in=origins)
        by_case = {pk: origins[origin or ""] for pk, origin in cases.values_list("pk", "origin")}
        CaseVersion.objects.bulk_create(
            CaseVersion(
                case_id=case_pk,
                productversion=version,
                name=write.case.name,
                description=write.case.description,
                status=write.case.status,
                envs_narrowed=context.is_narrowed(write),
                # The only version is the newest; of others `mark_latest` decides.
                latest=write.case_pk is None,
                **stamp(by),
            )
            for case_pk, write in by_case.items()
        )
        rows = CaseVersion.objects.filter(productversion=version, case__in=by_case)
        written = {pk: by_case[case_pk] for pk, case_pk in rows.values_list("pk", "case_id")}
        _write_parts(written, context)
        advance(len(batch))


def update_rows(writes: Sequence[Write], context: Context, advance: Advance) -> None:
    """Overwrite case versions that the source has changed since."""
    for batch in _batches(writes):
        written = {write.existing.pk: write for write in batch if write.existing is not None}
        changed: dict[str, Any] = {"modified_on": timezone.now(), "modified_by": context.by}
        rows = list(CaseVersion.objects.filter(pk__in=written).select_related("case"))
        cases: list[Case] = []
        for row in rows:
            write = written[row.pk]
            row.name, row.description = write.case.name, write.case.description
            row.status, row.envs_narrowed = write.case.status, context.is_narrowed(write)
            if row.case.priority != write.case.priority:
                row.case.priority = write.case.priority
                cases.append(row.case)
        CaseVersion.objects.bulk_update(rows, ["name", "description", "status", "envs_narrowed"])
        CaseVersion.objects.filter(pk__in=written).update(**changed, cc_version=F("cc_version") + 1)
        Case.objects.bulk_update(cases, ["priority"])
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(
            **changed, cc_version=F("cc_version") + 1
        )
        for through in (CaseVersion.tags.through, CaseVersion.environments.through):
            through.objects.filter(caseversion__in=written).delete()
        ImportedCaseVersion.objects.filter(pk__in=written).delete()
        _write_parts(written, context)
        advance(len(batch))


def share_names(writes: Iterable[Write], context: Context) -> int:
    """Give the other versions of the written cases the same name; return how many changed."""
    names = {context.origin(write): write.case.name for write in writes if write.case_pk}
    renamed: list[CaseVersion] = []
    for batch in _batches(list(names)):
        others = CaseVersion.objects.filter(
            case__product_id=context.version.product_id, case__origin__in=batch
        ).exclude(productversion=context.version)
        for row in others.select_related("case"):
            name = names[row.case.origin or ""]
            if row.name != name:
                row.name, row.cc_version = name, row.cc_version + 1
                row.modified_on, row.modified_by_id = timezone.now(), _pk(context.by)
                renamed.append(row)
    columns = ["name", "cc_version", "modified_on", "modified_by"]
    CaseVersion.objects.bulk_update(renamed, columns, batch_size=BATCH)
    return len(renamed)


def _write_parts(written: dict[int, Write], context: Context) -> None:
    """Write steps, tags, environments and the state that the next import compares with."""
    write_steps_of(
        {
            pk: [StepText(step.instruction, step.expected) for step in write.case.steps]
            for pk, write in written.items()
        }
    )
    insert_links(
        CaseVersion.tags.through,
        "caseversion",
        "tag",
        (
            (pk, tag_id)
            for pk, write in written.items()
            # Tags of the source that differ in nothing but case are one tag here.
            for tag_id in sorted({context.tags[i] for i in write.case.tag_ids})
        ),
    )
    insert_links(
        CaseVersion.environments.through,
        "caseversion",
        "environment",
        (
            (pk, context.environments[i])
            for pk, write in written.items()
            for i in write.case.environment_ids
        ),
    )
    versions = dict(CaseVersion.objects.filter(pk__in=written).values_list("pk", "cc_version"))
    ImportedCaseVersion.objects.bulk_create(
        ImportedCaseVersion(caseversion_id=pk, digest=write.digest, cc_version=versions[pk])
        for pk, write in written.items()
    )


def _batches(rows: Sequence[T]) -> Iterable[Sequence[T]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _pk(by: AbstractBaseUser | None) -> int | None:
    return by.pk if by is not None else None
