"""Tags as a line of text: names with commas between them."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q

from moztrap.catalog.models import Product
from moztrap.core.policies import may
from moztrap.library.actions import create_tag
from moztrap.library.importing.records import fold
from moztrap.library.models import Tag
from moztrap.library.names import join_names, split_names

__all__ = ["create_tags", "find_tags", "join_names", "problem_with", "split_names"]

LIMIT = 100


def find_tags(names: Iterable[str], product: Product) -> tuple[list[Tag], list[str]]:
    """Return the tags of these names, and the names that no tag has (1 query).

    Where a product and all products have a tag of one name, the product's wins.
    """
    wanted = {fold(name): name for name in names}
    if not wanted:
        return [], []
    found: dict[str, Tag] = {}
    named = Q()
    for name in wanted.values():
        named |= Q(name__iexact=name)
    candidates = Tag.objects.usable_in(product.pk).filter(named)
    for tag in candidates.order_by("product_key"):
        found[fold(tag.name)] = tag
    return (
        [found[key] for key in wanted if key in found],
        [name for key, name in wanted.items() if key not in found],
    )


def problem_with(names: Iterable[str], user: AbstractBaseUser) -> str:
    """Say why new tags of these names cannot be made, or nothing."""
    names = list(names)
    long = [name for name in names if len(name) > LIMIT]
    if long:
        return f"A tag has at most {LIMIT} characters: “{long[0][:40]}…” has {len(long[0])}."
    if names and not may(user, "manage_tags"):
        listed = ", ".join(f"“{name}”" for name in names)
        return f"There is no tag {listed}. New tags need the permission “manage tags”."
    return ""


def create_tags(names: Iterable[str], *, product: Product, by: AbstractBaseUser) -> list[Tag]:
    """Create tags of one product."""
    return [create_tag(by=by, name=name, product=product) for name in names]
