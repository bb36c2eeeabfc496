"""The form of a tag."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.conflict import ComparingForm
from moztrap.core.models import Record
from moztrap.library.actions import create_tag, update_tag
from moztrap.library.models import Tag


class TagForm(ComparingForm):
    """A tag."""

    class Meta:
        """What people write."""

        model = Tag
        fields = ("name", "product", "description")
        help_texts = {"product": "Empty: cases of every product can have it."}

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_tag(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        tag = Tag.objects.get(pk=self.instance.pk)
        return update_tag(tag, by=by, cc_version=cc_version, **values)
