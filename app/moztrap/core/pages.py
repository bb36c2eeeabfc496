"""The three kinds of page that every record has: list, form and delete."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from moztrap.core.actions import ActionError
from moztrap.core.listing import Listing
from moztrap.core.models import Record

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
    **context: Any,
) -> HttpResponse:
    """Show the rows that the request asks for, in a template on ``core/list.html``."""
    page = listing.for_reader(request.user).page(request.GET, rows)
    return render(request, template, {"listing": page, "page_obj": page.page, **context})


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    done: Callable[[Any], str],
    template: str = "core/form.html",
    **context: Any,
) -> HttpResponse:
    """Show a form, or write what was posted and go where ``done`` says."""
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
