"""The first thing that is asked about a new run."""

from typing import Any

from django import forms

from moztrap.catalog.filters import VERSION_SEARCH, versions_of
from moztrap.core.forms import leave_unchecked
from moztrap.core.picking import PickField


class VersionForm(forms.Form):
    """Which product version a run tests; it is chosen in the address, and checked there."""

    version = PickField(
        label="Product version",
        multiple=False,
        fields=VERSION_SEARCH,
        url="catalog:version_options",
    )

    def __init__(self, data: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["version"]
        if isinstance(field, PickField):
            field.offer(versions_of(()))
        if self.is_bound:
            # A search is no answer yet.
            leave_unchecked(self)
