"""What belongs to a record: the rows that go and come with it."""

from collections.abc import Iterator

from django.db import models

from moztrap.core.models import Record


def owned_paths(
    model: type[Record], prefix: str = "", seen: frozenset[type[Record]] = frozenset()
) -> Iterator[tuple[type[Record], str]]:
    """Each record type below `model` with the lookup that leads from it back to `model`.

    Follows the foreign keys that cascade, as the database would.
    """
    for relation in model._meta.related_objects:
        owned = relation.related_model
        cascades = relation.on_delete is models.CASCADE
        if not (isinstance(owned, type) and issubclass(owned, Record) and cascades):
            continue
        if owned in seen or owned is model:
            continue
        name = relation.field.name
        path = f"{name}__{prefix}" if prefix else name
        yield owned, path
        yield from owned_paths(owned, path, seen | {model})
