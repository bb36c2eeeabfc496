"""Delete a tag."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import delete_record
from moztrap.core.authority import authorise
from moztrap.library.models import Tag


def delete_tag(tag: Tag, *, by: AbstractBaseUser | None) -> int:
    """Delete a tag; the cases that had it have it again if it comes back."""
    authorise(by, "manage_tags")
    return delete_record(tag, by=by)
