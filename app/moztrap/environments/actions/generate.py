"""Make environments of all combinations of elements, and keep them in profiles."""

from collections.abc import Collection, Iterable, Sequence
from itertools import product
from math import prod
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from moztrap.core.actions import (
    ActionError,
    ConcurrencyError,
    atomic,
    create_record,
    delete_record,
    record_audit,
    update_record,
)
from moztrap.core.actions.keyed import create_keyed
from moztrap.core.authority import authorise
from moztrap.environments.models import Element, Environment, Profile

# More than a team can test; each more category multiplies.
MOST = 500
_BATCH = 500

Combination = frozenset[int]


def combinations_of(elements: Iterable[Element]) -> list[Combination]:
    """Return every way to take one element of each category; raise ActionError if too many."""
    by_category: dict[int, list[int]] = {}
    for element in elements:
        by_category.setdefault(element.category_id, []).append(element.pk)
    groups = list(by_category.values())
    count = prod(map(len, groups)) if groups else 0
    if count > MOST:
        raise ActionError(
            f"These elements make {count:,} combinations; at most {MOST:,} are made at once. "
            "Choose fewer, or add them in parts."
        )
    return [frozenset(chosen) for chosen in product(*groups)] if groups else []


@atomic()
def create_profile(
    *, by: AbstractBaseUser | None, name: str, elements: Iterable[Element] = ()
) -> Profile:
    """Create a profile of all combinations of elements, one of each category."""
    authorise(by, "manage_environments")
    combinations = combinations_of(elements)
    profile = create_record(Profile, by=by, name=name)
    _join(profile, find_or_create(combinations, by=by), by=by)
    return profile


@atomic()
def extend_profile(
    profile: Profile,
    *,
    by: AbstractBaseUser | None,
    elements: Sequence[Element],
    combine: bool = True,
) -> int:
    """Add all combinations, or one environment of all ``elements``; return how many are new."""
    authorise(by, "manage_environments")
    held = _hold(profile)
    combinations = (
        combinations_of(elements) if combine else [frozenset(each.pk for each in elements)]
    )
    return _join(held, find_or_create(combinations, by=by), by=by)


@atomic()
def prune_profile(
    profile: Profile, *, by: AbstractBaseUser | None, environments: Collection[int]
) -> int:
    """Take environments (ids) out of a profile; return how many were in it.

    They stay where they are used; the profile is a template and no more.
    """
    authorise(by, "manage_environments")
    held = _hold(profile)
    link: Any = Profile.environments.through
    count = int(link.objects.filter(profile=held, environment__in=list(environments)).delete()[0])
    if count:
        _mark_changed(held, by)
        record_audit("prune", held, by=by, details={"environments": sorted(environments)})
    return count


def update_profile(
    profile: Profile, *, by: AbstractBaseUser | None, cc_version: int, name: str
) -> Profile:
    """Rename a profile."""
    authorise(by, "manage_environments")
    return update_record(profile, by=by, cc_version=cc_version, name=name)


def delete_profile(profile: Profile, *, by: AbstractBaseUser | None) -> int:
    """Delete a profile; its environments stay."""
    authorise(by, "manage_environments")
    return delete_record(profile, by=by)


def find_or_create(
    combinations: Iterable[Combination], *, by: AbstractBaseUser | None
) -> list[int]:
    """Return the ids of environments of exactly these elements, made where there is none.

    Environments with a name of their own serve somebody in particular, and are not taken.
    """
    wanted = list(dict.fromkeys(each for each in combinations if each))
    known = _known(wanted)
    missing = [each for each in wanted if each not in known]
    if missing:
        made = create_keyed(
            (Environment(created_by=by, modified_by=by) for _ in missing), batch_size=_BATCH
        )
        keys = [environment.pk for environment in made]
        link: Any = Environment.elements.through
        link.objects.bulk_create(
            (
                link(environment_id=key, element_id=element)
                for key, elements in zip(keys, missing, strict=True)
                for element in sorted(elements)
            ),
            batch_size=_BATCH,
        )
        known |= dict(zip(missing, keys, strict=True))
        record_audit("generate environments", by=by, details={"environments": len(missing)})
    return [known[each] for each in wanted]


def _known(wanted: Sequence[Combination]) -> dict[Combination, int]:
    """Return the nameless live environments that hold exactly what is wanted (1 query)."""
    elements = frozenset[int]().union(*wanted)
    link: Any = Environment.elements.through
    touched = Environment.objects.filter(elements__in=elements, name="").values("pk")
    held: dict[int, set[int]] = {}
    rows = link.objects.filter(environment__in=touched).order_by("-environment")
    for environment, element in rows.values_list("environment_id", "element_id"):
        held.setdefault(environment, set()).add(element)
    # Of several alike the oldest.
    return {frozenset(has): environment for environment, has in held.items()}


def _hold(profile: Profile) -> Profile:
    held: Profile | None = Profile.objects.select_for_update().filter(pk=profile.pk).first()
    if held is None:
        raise ConcurrencyError("Someone else deleted this profile meanwhile.")
    return held


def _join(profile: Profile, environments: Sequence[int], *, by: AbstractBaseUser | None) -> int:
    link: Any = Profile.environments.through
    present = set(link.objects.filter(profile=profile).values_list("environment_id", flat=True))
    new = [pk for pk in environments if pk not in present]
    link.objects.bulk_create(
        (link(profile_id=profile.pk, environment_id=pk) for pk in new), batch_size=_BATCH
    )
    if new:
        _mark_changed(profile, by)
        record_audit("extend", profile, by=by, details={"environments": new})
    return len(new)


def _mark_changed(profile: Profile, by: AbstractBaseUser | None) -> None:
    """Record who changed what is in it; its version stays, as that of its name."""
    Profile.objects.filter(pk=profile.pk).update(modified_on=timezone.now(), modified_by=by)
