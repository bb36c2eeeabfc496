"""The form that changes many cases at once."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import Q

from moztrap.catalog.models import Product
from moztrap.core.picking import PickField
from moztrap.core.policies import may
from moztrap.library.actions.bulk_edit import NO_PRIORITY, BulkChange
from moztrap.library.forms.tag_names import split_names
from moztrap.library.importing.records import fold
from moztrap.library.models import Priority, Status, Suite, Tag

KEEP = ("", "leave as it is")


class BulkForm(forms.Form):
    """What to change in the chosen cases."""

    status = forms.ChoiceField(choices=[KEEP, *Status.choices], required=False)
    priority = forms.TypedChoiceField(
        choices=[KEEP, *Priority.choices, (NO_PRIORITY, "none")],
        coerce=int,
        empty_value=None,
        required=False,
    )
    add_tags = forms.CharField(
        label="Add tags",
        required=False,
        max_length=5000,
        help_text="Names with commas between them.",
    )
    remove_tags = forms.CharField(
        label="Remove tags",
        required=False,
        max_length=5000,
        help_text="Names with commas between them.",
    )
    suite = PickField(
        label="Add to suite", required=False, multiple=False, url="library:suite_options"
    )
    # How many cases the person was told of.
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, user: AbstractBaseUser, products: Iterable[Product], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.products = list(products)
        suites = Suite.objects.filter(product__in=self.products).order_by("name", "pk")
        field = self.fields["suite"]
        if isinstance(field, PickField):
            field.offer(suites, product=[product.pk for product in self.products])
        if not may(user, "manage_suite_cases"):
            del self.fields["suite"]
        if not may(user, "manage_cases"):
            for name in ("status", "priority", "add_tags", "remove_tags"):
                del self.fields[name]

    def clean_add_tags(self) -> list[Tag]:
        """Find the tags to add: each must be fit for all of the chosen cases."""
        found, missing = self._tags(self.cleaned_data["add_tags"])
        if missing:
            raise ValidationError(
                [f"There is no tag “{name}”. New ones are made under “Tags”." for name in missing]
            )
        return found

    def clean_remove_tags(self) -> list[Tag]:
        """Find the tags to remove."""
        found, missing = self._tags(self.cleaned_data["remove_tags"])
        if missing:
            raise ValidationError([f"There is no tag “{name}”." for name in missing])
        return found

    def _tags(self, text: str) -> tuple[list[Tag], list[str]]:
        """Return the tags of these names in the products at hand, and names without any."""
        wanted = {fold(name): name for name in split_names(text)}
        if not wanted:
            return [], []
        named = Q()
        for name in wanted.values():
            named |= Q(name__iexact=name)
        usable = Q(product__isnull=True) | Q(product__in=self.products)
        tags = list(Tag.objects.filter(named & usable).select_related("product"))
        by_name: dict[str, list[Tag]] = {}
        for tag in tags:
            by_name.setdefault(fold(tag.name), []).append(tag)
        chosen: list[Tag] = []
        for key in wanted:
            # A product's own tag wins over that of all products.
            own = [tag for tag in by_name.get(key, []) if tag.product_id is not None]
            everywhere = [tag for tag in by_name.get(key, []) if tag.product_id is None]
            chosen += own if len(self.products) == 1 and own else [*everywhere, *own]
        return chosen, [name for key, name in wanted.items() if key not in by_name]

    def change(self) -> BulkChange:
        """Return what a valid form asks for."""
        values = self.cleaned_data
        return BulkChange(
            status=values.get("status") or None,
            priority=values.get("priority"),
            add_tags=tuple(values.get("add_tags") or ()),
            remove_tags=tuple(values.get("remove_tags") or ()),
            suite=values.get("suite"),
        )
