"""The forms of a tag."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from moztrap.core.actions import ActionError
from moztrap.core.conflict import ComparingForm
from moztrap.core.models import Record
from moztrap.library.actions import create_tag, merge_tags, update_tag
from moztrap.library.models import Tag


class TagForm(ComparingForm):
    """A tag."""

    class Meta:
        """What people write."""

        model = Tag
        fields = ("name", "product", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product: Any = self.fields["product"]
        product.empty_label = "all products"

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_tag(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        tag = Tag.objects.get(pk=self.instance.pk)
        return update_tag(tag, by=by, cc_version=cc_version, **values)


class MergeForm(forms.Form):
    """Which tag takes the place of another."""

    target = forms.CharField(
        label="Name of the tag that stays",
        max_length=100,
        help_text="A tag of the same product, or of all products.",
    )

    def __init__(self, *args: Any, source: Tag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source

    def clean_target(self) -> Tag:
        """Find the tag by its name; the product's own wins over that of all products."""
        name = self.cleaned_data["target"]
        tags = Tag.objects.filter(name__iexact=name).exclude(pk=self.source.pk)
        if self.source.product_id is not None:
            tags = tags.usable_in(self.source.product_id)
        found: Tag | None = tags.select_related("product").order_by("-product_key").first()
        if found is None:
            raise ValidationError(f"There is no other tag “{name}” that these cases could have.")
        return found

    def submit(self, *, by: AbstractBaseUser) -> Tag | None:
        """Merge, and return the tag that stays; or nothing, with the reason in the form."""
        if not self.is_valid():
            return None
        target: Tag = self.cleaned_data["target"]
        try:
            merge_tags(self.source, target, by=by)
        except ActionError as error:
            self.add_error("target", str(error))
            return None
        return target
