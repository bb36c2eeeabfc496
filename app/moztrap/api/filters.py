"""The filters of list pages, for machines: declared once, the same words in the address."""

from typing import Any

from rest_framework.filters import BaseFilterBackend

from moztrap.core.listing import ChoiceFilter
from moztrap.core.listing.filters import ALL, ANY
from moztrap.core.listing.state import MATCH


class ListingFilter(BaseFilterBackend):
    """Narrows by the `Listing` that the view names; what it does not declare is left alone."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the rows that the address leaves."""
        if view.listing is None:
            return queryset
        listing = view.listing.for_reader(request.user)
        state = listing.state(request.query_params)
        for each in listing.filters:
            values = state.values(each.key)
            if isinstance(each, ChoiceFilter):
                known = {option.value for option in each.options(state)} if values else set()
                values = [value for value in values if value in known]
                if not values:
                    # Unlike a page, a machine that asks for nothing gets everything.
                    continue
            queryset = each.narrow(queryset, values, state.match(each.key))
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the filters."""
        if view.listing is None:
            return []
        described: list[dict[str, Any]] = []
        for each in view.listing.filters:
            described.append(
                {
                    "name": each.key,
                    "in": "query",
                    "required": False,
                    "description": f"{each.label}. {each.hint}".strip(),
                    "schema": {"type": "array", "items": {"type": "string"}},
                }
            )
            if each.has_switch:
                described.append(
                    {
                        "name": each.key + MATCH,
                        "in": "query",
                        "required": False,
                        "description": f"{each.label}: any or all of several values.",
                        "schema": {
                            "type": "string",
                            "enum": [ANY, ALL],
                            "default": each.default_match,
                        },
                    }
                )
        return described
