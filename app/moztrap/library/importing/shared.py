"""Write what cases share: tags, and environments with their elements."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from moztrap.catalog.models import Product
from moztrap.environments.models import Category, Element, Environment
from moztrap.library.importing.plan import origin_of
from moztrap.library.importing.records import Source, fold
from moztrap.library.models import Tag

_BATCH = 1000
# A folded name, and whether the tag is one of all products.
TagKey = tuple[str, bool]


@dataclass(frozen=True)
class Written:
    """Our ids by the source's, and which of ours are new."""

    ids: dict[int, int]
    created: frozenset[int]


def stamp(by: AbstractBaseUser | None) -> dict[str, Any]:
    """Return the columns that say who made a row."""
    pk = by.pk if by is not None else None
    return {"created_by_id": pk, "modified_by_id": pk}


def write_tags(
    source: Source, wanted: Collection[int], *, product: Product, by: AbstractBaseUser | None
) -> Written:
    """Find or create the wanted tags by their names; 1 query, and a few more if some are new."""
    wanted_keys = {i: _tag_key(source, i) for i in sorted(wanted)}
    known = _known_tags(product)
    missing: dict[TagKey, Tag] = {}
    for source_id, key in wanted_keys.items():
        if key not in known and key not in missing:
            tag = source.tags[source_id]
            missing[key] = Tag(
                name=tag.name,
                description=tag.description,
                product=None if tag.is_global else product,
                **stamp(by),
            )
    created: frozenset[int] = frozenset()
    if missing:
        before = frozenset(known.values())
        known |= _insert_tags(missing, product)
        created = frozenset(known[key] for key in missing) - before
    return Written({i: known[key] for i, key in wanted_keys.items()}, created)


def _insert_tags(missing: dict[TagKey, Tag], product: Product) -> dict[TagKey, int]:
    """Insert tags; one that the database takes for another by its name becomes that one."""
    try:
        with transaction.atomic():
            Tag.objects.bulk_create(missing.values(), batch_size=_BATCH)
        return _known_tags(product)
    except IntegrityError:
        # Its collation knows more names that are one than `fold` does.
        return {key: _find_or_insert_tag(tag) for key, tag in missing.items()}


def _find_or_insert_tag(tag: Tag) -> int:
    found = Tag.objects.filter(name=tag.name, product=tag.product).first()
    if found is None:
        found = tag
        found.pk = None
        found.save(force_insert=True)
    return found.pk


def _tag_key(source: Source, source_id: int) -> TagKey:
    tag = source.tags[source_id]
    return fold(tag.name), tag.is_global


def _known_tags(product: Product) -> dict[TagKey, int]:
    rows = Tag.objects.usable_in(product.pk).values_list("pk", "name", "product_id")
    return {(fold(name), product_id is None): pk for pk, name, product_id in rows}


def missing_tags(source: Source, wanted: Collection[int], product: Product | None) -> int:
    """Count the tags that `write_tags` would create."""
    known = _known_tags(product) if product is not None else _known_tags(Product(pk=0))
    return len({_tag_key(source, i) for i in wanted} - known.keys())


def write_elements(
    wanted: Collection[int], *, source_name: str, by: AbstractBaseUser | None
) -> Written:
    """Find or create elements under a category of their own: the source names neither."""
    origins = {i: origin_of(source_name, "element", i) for i in wanted}

    def create(missing: Iterable[int]) -> None:
        name = f"Imported from {source_name}"
        category = Category.objects.filter(name=name).first()
        if category is None:
            category = Category(name=name, **stamp(by))
            category.save(force_insert=True)
        Element.objects.bulk_create(
            Element(
                category=category,
                name=f"Element {i}",
                origin=origins[i],
                **stamp(by),
            )
            for i in missing
        )

    return _find_or_create(Element, origins, create)


def write_environments(
    source: Source, wanted: Collection[int], *, source_name: str, by: AbstractBaseUser | None
) -> tuple[Written, Written]:
    """Find or create environments with their elements; return both."""
    origins = {i: origin_of(source_name, "environment", i) for i in wanted}
    element_ids = {e for i in wanted for e in source.environments[i].element_ids}
    elements = write_elements(element_ids, source_name=source_name, by=by)

    def create(missing: Iterable[int]) -> None:
        Environment.objects.bulk_create(
            Environment(name=f"Environment {i}", origin=origins[i], **stamp(by)) for i in missing
        )

    environments = _find_or_create(Environment, origins, create)
    Environment.elements.through.objects.bulk_create(
        Environment.elements.through(environment_id=pk, element_id=elements.ids[element_id])
        for i, pk in environments.ids.items()
        if pk in environments.created
        for element_id in source.environments[i].element_ids
    )
    return environments, elements


def _find_or_create(model: Any, origins: dict[int, str], create: Any) -> Written:
    known = _known_origins(model, origins)
    missing = sorted(i for i in origins if i not in known)
    if missing:
        create(missing)
        known = _known_origins(model, origins)
    return Written(known, frozenset(known[i] for i in missing))


def _known_origins(model: Any, origins: dict[int, str]) -> dict[int, int]:
    found = dict(model.everything.filter(origin__in=origins.values()).values_list("origin", "pk"))
    return {i: found[origin] for i, origin in origins.items() if origin in found}
