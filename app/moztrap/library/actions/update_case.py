"""Change a case version, and what all versions of its case share."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F
from django.utils import timezone

from moztrap.core.actions import atomic, record_audit, update_record
from moztrap.core.authority import authorise
from moztrap.core.uploads import Upload
from moztrap.environments.models import Environment
from moztrap.library.actions.hold_case import hold_case
from moztrap.library.actions.write_attachments import delete_attachment, write_attachments
from moztrap.library.actions.write_steps import StepText, write_steps
from moztrap.library.models import Attachment, CaseVersion, Tag


def is_narrowed(chosen: Iterable[Environment], caseversion: CaseVersion) -> bool:
    """Tell whether somebody chose other environments than those of the product version."""
    offered = caseversion.productversion.environments.values_list("pk", flat=True)
    return {environment.pk for environment in chosen} != set(offered)


@dataclass(frozen=True)
class CaseText:
    """Everything that people write about a case version."""

    name: str
    description: str
    status: str
    idprefix: str
    priority: int | None
    steps: Sequence[StepText]
    tags: Iterable[Tag]
    # None leaves the environments as they are.
    environments: Iterable[Environment] | None = None
    uploads: Iterable[Upload] = ()
    removed_attachments: Collection[Attachment] = ()


@atomic()
def update_case(
    caseversion: CaseVersion, *, by: AbstractBaseUser | None, cc_version: int, text: CaseText
) -> CaseVersion:
    """Change a case version that nobody else changed meanwhile.

    Name, id prefix and priority belong to all versions of the case: a change of
    one of them counts as a change of every version, for whoever has one open.
    """
    authorise(by, "manage_cases")
    case = caseversion.case
    hold_case(case)
    shared: dict[str, Any] = {"idprefix": text.idprefix, "priority": text.priority}
    shared_changes = {name: new for name, new in shared.items() if getattr(case, name) != new}
    changes = _changes(caseversion, text)
    changed = update_record(caseversion, by=by, cc_version=cc_version, **changes)
    if write_steps(changed, text.steps):
        record_audit("change steps", changed, by=by, details={"steps": len(text.steps)})
    write_attachments(changed, text.uploads, by=by)
    for attachment in text.removed_attachments:
        delete_attachment(attachment, by=by)
    if shared_changes:
        update_record(case, by=by, **shared_changes)
    if shared_changes or "name" in changes:
        CaseVersion.objects.filter(case=case).exclude(pk=changed.pk).update(
            name=text.name,
            modified_on=timezone.now(),
            modified_by=by,
            cc_version=F("cc_version") + 1,
        )
    return changed


def _changes(caseversion: CaseVersion, text: CaseText) -> dict[str, Any]:
    """Return what differs, so that the history names what was changed and nothing else."""
    own = {"name": text.name, "description": text.description, "status": text.status}
    changes: dict[str, Any] = {
        name: new for name, new in own.items() if getattr(caseversion, name) != new
    }
    tags = list(text.tags)
    if {tag.pk for tag in tags} != set(caseversion.tags.values_list("pk", flat=True)):
        changes["tags"] = tags
    if text.environments is not None:
        chosen = list(text.environments)
        present = set(caseversion.environments.values_list("pk", flat=True))
        if {environment.pk for environment in chosen} != present:
            changes |= {"environments": chosen, "envs_narrowed": is_narrowed(chosen, caseversion)}
    return changes
