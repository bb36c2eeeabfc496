"""The three kinds of page that every record has: list, form and delete."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from moztrap.core.actions import ActionError
from moztrap.core.listing import Listing, ListingPage
from moztrap.core.models import Record
from moztrap.core.picking import asks_for_more
from moztrap.core.preferences import Preferences, remember_size
from moztrap.core.prefill import Prefill, keep_typed

# Databases refuse to be asked for longer ids.
_MOST_DIGITS = 18

Trail = Sequence[tuple[str, str]]


def person(request: HttpRequest) -> AbstractBaseUser:
    """Return who asks, on a page that nobody gets to see without an account."""
    user = request.user
    if not isinstance(user, AbstractBaseUser):
        raise PermissionDenied("This page needs an account.")
    return user


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what to bind a form to: even a POST of nothing is one."""
    return request.POST if request.method == "POST" else None


def files_posted(request: HttpRequest) -> Any:
    """Return the files that go with `posted`."""
    return request.FILES if request.method == "POST" else None


def ids_of(data: QueryDict, name: str) -> list[int]:
    """Return the ids among the values of a field; what can be none is left out."""
    return [
        int(value)
        for value in data.getlist(name)
        if value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS
    ]


def list_page(
    request: HttpRequest,
    template: str,
    listing: Listing,
    rows: QuerySet[Any],
    *,
    more: Callable[[ListingPage], dict[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show the rows that the request asks for, in a template on ``core/list.html``.

    ``more`` returns what else the template needs to know of the rows of the page.
    """
    if (address := pinned_address(request, listing)) is not None:
        return redirect(address)
    page = page_of(request, listing, rows)
    extra = {"listing": page, "page_obj": page.page, "saving": saving_of(request)}
    return render(request, template, {**extra, **context, **(more(page) if more else {})})


def page_of(
    request: HttpRequest,
    listing: Listing,
    rows: QuerySet[Any],
    *,
    query: QueryDict | None = None,
    place: str = "",
) -> ListingPage:
    """Return the rows that a request asks for, in pages as long as the reader likes.

    ``query`` and ``place`` are for a page that shows the list of another address.
    """
    query = request.GET if query is None else query
    likes = Preferences(request.user)
    asked = listing.size(listing.state(query))
    if asked is not None and asked != likes.size and isinstance(request.user, AbstractBaseUser):
        remember_size(request.user, asked)
    reader = listing.for_reader(request.user)
    pins = likes.pins(place or request.path)
    return reader.page(query, rows, default_size=likes.size, pins=pins)


def pinned_address(request: HttpRequest, listing: Listing) -> str | None:
    """Return where a bare address leads whoever has pinned filters that the list has.

    The pins stand in the address like any filter: what is shown can be shared.
    """
    if request.GET or request.method != "GET":
        return None
    pins = Preferences(request.user).pins(request.path)
    said = [
        pair
        for each in listing.filters
        if (pin := pins.get(each.key)) and each.knows(pin.values)
        for pair in pin.parameters(each.key)
    ]
    return f"{request.path}?{urlencode(said)}" if said else None


def saving_of(
    request: HttpRequest, *, query: QueryDict | None = None, place: str = ""
) -> dict[str, Any]:
    """Return what the head of a list needs to pin and save filters; nothing for nobody."""
    if not isinstance(request.user, AbstractBaseUser):
        return {}
    place = place or request.path
    kept = (request.GET if query is None else query).copy()
    for passing in ("page", "all", "open"):
        kept.pop(passing, None)
    return {
        "place": place,
        "saved": Preferences(request.user).saved(place),
        "query": kept.urlencode(),
    }


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    done: Callable[[Any], str],
    template: str = "core/form.html",
    filled: Prefill | None = None,
    **context: Any,
) -> HttpResponse:
    """Show a form, or write what was posted and go where ``done`` says.

    ``filled`` is what a new form started with; a button beside a field may take a pin out.
    """
    if filled is not None:
        filled.mark(form)
        if filled.takes_pin_out(request, form):
            return render(request, template, {"form": form, **context})
    if asks_for_more(request):
        keep_typed(form)
        return render(request, template, {"form": form, **context})
    if request.method == "POST" and (record := form.submit(by=person(request))) is not None:
        messages.success(request, f"Saved {form.record_name} “{record}”.")
        return redirect(done(record))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def delete_page(
    request: HttpRequest,
    record: Record,
    *,
    delete: Callable[..., object],
    done_url: str,
    cancel_url: str,
    **context: Any,
) -> HttpResponse:
    """Ask, then delete; an action that refuses says why."""
    name = record._meta.verbose_name
    shown = str(record)
    if request.method == "POST":
        try:
            delete(record, by=person(request))
        except ActionError as error:
            messages.error(request, str(error))
            return redirect(cancel_url)
        messages.success(request, f"Deleted {name} “{shown}”.")
        return redirect(done_url)
    context = {"heading": f"Delete {name} “{shown}”?", "cancel_url": cancel_url, **context}
    return render(request, "core/confirm_delete.html", {"record": record, **context})
