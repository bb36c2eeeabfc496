"""Pinning and saving filters of lists."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from moztrap.core.actions import ActionError
from moztrap.core.listing.filters import ALL, ANY
from moztrap.core.listing.state import LONGEST_VALUE, MOST_CHOICES
from moztrap.core.pages import person
from moztrap.core.policies import LOGGED_IN, policy_required
from moztrap.core.preferences import (
    SavedFilter,
    forget_filter,
    pin_filter,
    save_filter,
    unpin_filter,
)

_LONGEST = LONGEST_VALUE


def _back(request: HttpRequest) -> HttpResponse:
    """Go back to the list, which is on this site or it is the start."""
    place = request.POST.get("place", "")
    is_ours = place.startswith("/") and url_has_allowed_host_and_scheme(place, allowed_hosts=None)
    if not is_ours or "?" in place:
        return redirect("home")
    # “all” alone: the list as it was, without what is pinned otherwise.
    return redirect(f"{place}?{request.POST.get('query', '') or 'all='}")


@require_POST
@policy_required(LOGGED_IN)
def filter_pin(request: HttpRequest) -> HttpResponse:
    """Pin the values of a filter, or take the pin out."""
    key = request.POST.get("key", "")[:_LONGEST].replace("@", "")
    if "local" in request.POST:
        key = f"{key}@{request.POST.get('place', '')[:_LONGEST]}"
    values = [
        text
        for value in request.POST.getlist("value")[:MOST_CHOICES]
        if (text := value.replace("\x00", "").strip()[:_LONGEST])
    ]
    match = request.POST.get("match", "")
    try:
        if "unpin" in request.POST:
            unpin_filter(person(request), key)
        elif key and values:
            known = match if match in (ANY, ALL) else ""
            pin_filter(person(request), key, *values, match=known)
    except ActionError as error:
        messages.error(request, str(error))
    return _back(request)


@require_POST
@policy_required(LOGGED_IN)
def filter_save(request: HttpRequest) -> HttpResponse:
    """Save a list with its filters under a name, or forget it."""
    place = request.POST.get("place", "")[:_LONGEST]
    name = " ".join(request.POST.get("name", "").split())
    try:
        if "forget" in request.POST:
            forget_filter(person(request), place, name)
        else:
            query = request.POST.get("query", "")
            save_filter(person(request), SavedFilter(place, name, query))
            messages.success(request, f"Saved these filters as “{name}”.")
    except ActionError as error:
        messages.error(request, str(error))
    return _back(request)
