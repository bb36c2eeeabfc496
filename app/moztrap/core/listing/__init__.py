"""List pages: filters, sorting and paging, with their whole state in the URL.

An app declares a `Listing` once and asks it for the page that a request wants:

    CASES = Listing(
        columns=(Column("name", "Name", ("name",)), Column("tags", "Tags")),
        filters=(TextFilter("name", "Name"), ChoiceFilter("status", "Status", …)),
        default_sort="name",
    )
    context["listing"] = CASES.page(request.GET, CaseVersion.objects.for_list())

`core/listing/list.html` renders what comes back.
"""

from moztrap.core.listing.columns import Column
from moztrap.core.listing.filters import ChoiceFilter, Filter, Option, TextFilter
from moztrap.core.listing.listing import Listing
from moztrap.core.listing.page import ListingPage
from moztrap.core.listing.picks import PickFilter

__all__ = [
    "ChoiceFilter",
    "Column",
    "Filter",
    "Listing",
    "ListingPage",
    "Option",
    "PickFilter",
    "TextFilter",
]
