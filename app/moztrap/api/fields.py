"""What programs send, field by field: checked, and looked up in few queries."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from moztrap.core.conflict import one_line_end

LARGEST_ID = 10**18 - 1
# What a text column of the database holds.
LONGEST_TEXT = 65_535
_MOST_NAMED = 10

Rows = Callable[[], "QuerySet[Any]"]


class Sent(serializers.Serializer):
    """A body, or a part of one; a field that it does not know is refused, never left out."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the checked values; raise ValidationError that names the fields."""
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                said = f"There is no such field; there are {', '.join(self.fields)}."
                raise serializers.ValidationError(
                    {name[:100]: [said] for name in unknown[:_MOST_NAMED]}
                )
        values: dict[str, Any] = super().to_internal_value(data)
        return values


class Change(Sent):
    """What is to be changed; what is left out stays as it is."""

    cc_version = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="The version that was read. Left out, whatever stands now is changed.",
    )

    def get_fields(self) -> Any:
        """Return the fields, none of which must be there; parts of them are whole, or wrong."""
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class Text(serializers.CharField):
    """Markdown of any number of lines, which may be empty."""

    def __init__(self, **options: Any) -> None:
        options = {"required": False, "allow_blank": True, "max_length": LONGEST_TEXT} | options
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        """Return the text with one character at the end of each line."""
        return str(one_line_end(super().to_internal_value(data)))


class IdField(serializers.IntegerField):
    """A number that can be an id: databases refuse to be asked for longer ones."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID} | options)


class RecordField(IdField):
    """The id of one record (1 query)."""

    def __init__(self, rows: Rows, **options: Any) -> None:
        super().__init__(**options)
        self.rows = rows

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the record; its id is checked before it is looked up."""
        pk = super().run_validation(data)
        if pk is None:
            return None
        rows = self.rows()
        record = rows.filter(pk=pk).first()
        if record is None:
            raise serializers.ValidationError(f"There is no {rows.model._meta.verbose_name} {pk}.")
        return record


class RecordsField(serializers.ListField):
    """Ids of records, each once, in an order that is kept (1 query)."""

    def __init__(self, rows: Rows, **options: Any) -> None:
        super().__init__(child=IdField(), **{"max_length": 1000} | options)
        self.rows = rows

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the records."""
        ids = super().run_validation(data)
        if ids is None:
            return None
        rows = self.rows()
        return look_up(rows, ids, str(rows.model._meta.verbose_name_plural))


class IdsField(serializers.ListField):
    """Ids, each once; whoever uses them looks them up."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=IdField(), **options)

    def to_internal_value(self, data: Any) -> list[int]:
        """Return the ids."""
        ids: list[int] = super().to_internal_value(data)
        refuse_doubles(ids)
        return ids


def refuse_doubles(ids: list[int]) -> None:
    """Raise ValidationError if an id is there twice."""
    seen: set[int] = set()
    doubles = [pk for pk in ids if pk in seen or seen.add(pk)]  # type: ignore[func-returns-value]
    if doubles:
        raise serializers.ValidationError(f"There twice: {listed(doubles)}.")


def look_up(rows: "QuerySet[Any]", ids: list[int], name: str) -> list[Any]:
    """Return records in the order of their ids; raise ValidationError for ids without one."""
    refuse_doubles(ids)
    found = rows.in_bulk(ids)
    if missing := [pk for pk in ids if pk not in found]:
        raise serializers.ValidationError(f"There are no {name} {listed(missing)}.")
    return [found[pk] for pk in ids]


def listed(ids: list[int]) -> str:
    """Return ids as a message tells them: not all of thousands."""
    shown = ", ".join(map(str, ids[:_MOST_NAMED]))
    return f"{shown} and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else shown
