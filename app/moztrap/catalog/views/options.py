"""Products and versions that a search finds, for scripts."""

from django.http import HttpRequest, HttpResponse

from moztrap.catalog.filters import VERSION_SEARCH, all_products, versions_of
from moztrap.core.listing.state import State
from moztrap.core.picking import options_page
from moztrap.core.policies import READ, policy_required


@policy_required(READ)
def product_options(request: HttpRequest) -> HttpResponse:
    """Tell which products fit."""
    return options_page(request, all_products(State()), ("name",), lambda row: str(row.name))


@policy_required(READ)
def version_options(request: HttpRequest) -> HttpResponse:
    """Tell which versions fit, of the chosen products or of all."""
    rows = versions_of(request.GET.getlist("product"))
    return options_page(request, rows, VERSION_SEARCH, str)
