"""Choosing records out of more than a page can list: those chosen, and those a search finds.

A form names what may be chosen (`PickField.offer`); the page shows what is chosen and the
first few that fit the text in its search field. A script asks for others while somebody
types; without one, the button beside the field shows the form again with what it finds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse_lazy

from moztrap.core.conditions import holding_words, is_id
from moztrap.core.listing.filters import Option
from moztrap.core.listing.picks import MOST_FOUND
from moztrap.core.listing.state import LONGEST_VALUE

# The button that searches, for people without scripts.
FIND = "find"
_MOST_CHOSEN = 200


def asks_for_more(request: HttpRequest) -> bool:
    """Tell whether a form was sent to show more of itself, and not to be written."""
    return FIND in request.POST


def options_page(
    request: HttpRequest, rows: "QuerySet[Any]", fields: Sequence[str], label: Callable[[Any], str]
) -> JsonResponse:
    """Answer a script with what a search finds (1 query)."""
    fits = holding_words(request.GET.get(FIND, ""), fields)
    found = list(rows.filter(fits)[: MOST_FOUND + 1])
    return JsonResponse(
        {
            "found": [{"value": row.pk, "label": label(row)} for row in found[:MOST_FOUND]],
            "has_more": len(found) > MOST_FOUND,
        }
    )


class PickWidget(forms.Widget):
    """What is chosen, a field to search with, and what it finds."""

    template_name = "core/widgets/pick.html"
    use_fieldset = True
    rows: "QuerySet[Any] | None" = None
    fields: Sequence[str] = ("name",)
    label: Callable[[Any], str] = str
    url: Any = ""
    # The field of the form whose value decides what may be chosen.
    along = ""
    multiple = True
    find = ""
    # The ids that were chosen when somebody began to edit, where that matters.
    remembers = False
    before: Sequence[str] | None = None

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        """Return the chosen ids, and remember the search."""
        self.find = str(data.get(f"{name}-find", ""))[:LONGEST_VALUE]
        self.before = str(data.get(f"{name}-before", "")).split(",")
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        return [str(value) for value in (values if isinstance(values, list) else [values])]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Nothing chosen is sent as nothing."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Load what is chosen and what is found (2 queries)."""
        context: dict[str, Any] = super().get_context(name, None, attrs)
        ids = [str(each) for each in value or () if is_id(str(each))][:_MOST_CHOSEN]
        chosen: list[Any] = []
        found: list[Any] = []
        if self.rows is not None:
            chosen = list(self.rows.filter(pk__in=ids)) if ids else []
            others = self.rows.filter(holding_words(self.find, self.fields)).exclude(pk__in=ids)
            found = list(others[: MOST_FOUND + 1])
        context |= {
            "chosen": [Option(str(row.pk), self.label(row)) for row in chosen],
            "found": [Option(str(row.pk), self.label(row)) for row in found[:MOST_FOUND]],
            "has_more": len(found) > MOST_FOUND,
            "find": self.find,
            "url": self.url,
            "along": self.along,
            "type": "checkbox" if self.multiple else "radio",
            "remembers": self.remembers,
            "before": ",".join(self.before if self.before is not None else ids),
        }
        return context


class PickField(forms.Field):
    """Records that a form offers; several, or one."""

    widget = PickWidget
    default_error_messages = {
        "gone": (
            "Select a valid choice: one of these is not there any more, or belongs to another "
            "product."
        ),
    }

    def __init__(
        self,
        *,
        url: str,
        fields: Sequence[str] = ("name",),
        along: str = "",
        multiple: bool = True,
        remembers: bool = False,
        label_of: Callable[[Any], str] = str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.multiple = multiple
        widget = self._widget
        widget.url = reverse_lazy(url)
        widget.fields = fields
        widget.along = along
        widget.multiple = multiple
        widget.remembers = remembers
        widget.label = label_of

    @property
    def _widget(self) -> PickWidget:
        widget: Any = self.widget
        picks: PickWidget = widget
        return picks

    def offer(self, rows: "QuerySet[Any]", **fixed: object) -> None:
        """Say what may be chosen, in the order in which it is listed; scripts ask for ``fixed``."""
        self._widget.rows = rows
        known = {name: value for name, value in fixed.items() if value is not None}
        if known:
            self._widget.url = f"{self._widget.url}?{urlencode(known, doseq=True)}"

    @property
    def before(self) -> set[int]:
        """Return what was chosen when somebody began to edit."""
        return {int(each) for each in self._widget.before or () if is_id(each)}

    def prepare_value(self, value: Any) -> Any:
        """Return the ids of what a form starts with."""
        if value is None or value == "":
            return []
        several = value if isinstance(value, list | tuple | QuerySet) else [value]
        return [str(getattr(each, "pk", each)) for each in several]

    def clean(self, value: Any) -> Any:
        """Return the chosen records, in the order of what is offered."""
        ids = {str(each) for each in value or () if str(each)}
        rows = self._widget.rows
        known = [each for each in ids if is_id(each)][:_MOST_CHOSEN]
        found = list(rows.filter(pk__in=known)) if rows is not None and known else []
        if len(found) < len(ids):
            raise ValidationError(self.error_messages["gone"], code="gone")
        if self.required and not found:
            raise ValidationError(self.error_messages["required"], code="required")
        if self.multiple:
            return found
        return found[0] if found else None
