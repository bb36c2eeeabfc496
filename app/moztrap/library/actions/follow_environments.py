"""Keep the environments of cases in step with those of their product version."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, F, OuterRef

from moztrap.catalog.environment_changes import EnvironmentChange, follows_environments
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import record_audit
from moztrap.core.actions.set_based import insert_select, update_found
from moztrap.library.models import CaseVersion


@follows_environments
def follow_environments(
    version: ProductVersion, change: EnvironmentChange, by: AbstractBaseUser | None
) -> None:
    """Take lost environments from all cases of a version; give new ones to those not narrowed.

    A case that was narrowed to lost ones alone follows the version again: without any
    environment it would run everywhere, which nobody has asked for.
    """
    link: Any = CaseVersion.environments.through
    # Deleted case versions too, so that they are right when they come back.
    rows = CaseVersion.everything.filter(productversion=version)
    released = 0
    if change.removed:
        link.objects.filter(
            caseversion__in=rows.values("pk"), environment__in=change.removed
        ).delete()
        left = link.objects.filter(caseversion=OuterRef("pk"))
        emptied = rows.filter(~Exists(left), envs_narrowed=True)
        released = update_found(emptied, envs_narrowed=False)
    present = link.objects.filter(
        caseversion=OuterRef("pk"), environment=OuterRef("productversion__environments")
    )
    following = rows.filter(
        ~Exists(present), envs_narrowed=False, productversion__environments__isnull=False
    )
    added = insert_select(
        link, following, caseversion=F("pk"), environment=F("productversion__environments")
    )
    record_audit(
        "follow environments",
        version,
        by=by,
        details={
            "removed": sorted(change.removed),
            "added": sorted(change.added),
            "given": added,
            "follow again": released,
        },
    )
