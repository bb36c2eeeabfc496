"""What was deleted, and the way back."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError
from moztrap.core.actions.batches import Batch, batch_moments, load_batches, record_models
from moztrap.core.listing import ChoiceFilter, Listing, Option, TextFilter
from moztrap.core.listing.listing import DEFAULT_SIZE
from moztrap.core.listing.state import State
from moztrap.core.pages import person, pinned_address, saving_of
from moztrap.core.policies import DELETERS, may_restore, policy_required
from moztrap.core.preferences import Preferences
from moztrap.library.actions import undelete_batch

# Names of one kind on the page of a batch.
_NAMES = 100
_MAY_SEE = sorted(set(DELETERS.values()))


def _kinds(state: State) -> list[Option]:
    kinds = [(model._meta.label_lower, str(model._meta.verbose_name)) for model in record_models()]
    return [Option(kind, name) for kind, name in sorted(kinds, key=lambda each: each[1])]


# What is asked of batches is answered by `batch_moments`.
DELETED = Listing(
    columns=(),
    filters=(
        TextFilter("name", "Name", "part of a name", is_local=True),
        ChoiceFilter("kind", "Kind", choices=_kinds, is_local=True),
        TextFilter("who", "Deleted by", is_local=True),
    ),
)


@policy_required(*_MAY_SEE)
def deleted_list(request: HttpRequest) -> HttpResponse:
    """List what was deleted together, newest first, or bring some of it back."""
    if request.method == "POST":
        return _restore(request, f"{reverse('library:deleted_list')}?{request.GET.urlencode()}")
    if (address := pinned_address(request, DELETED)) is not None:
        return redirect(address)
    likes = Preferences(request.user)
    state = DELETED.state(request.GET)
    asked = DELETED.asked(state)
    wanted = {each.filter.key: each.values for each in asked}
    rows = batch_moments(kinds=wanted["kind"], names=wanted["name"], people=wanted["who"])
    size = DELETED.size(state) or likes.size or DEFAULT_SIZE
    pins = likes.pins(request.path)
    listing = DELETED.shown(state, asked, Paginator(rows, size), pins=pins)
    batches = load_batches([row["deleted_on"] for row in listing.page.object_list])
    return render(
        request,
        "library/deleted_list.html",
        {
            "listing": listing,
            "page_obj": listing.page,
            "batches": _told(request, batches, _people(batches)),
            "saving": saving_of(request),
            "heading": "Deleted",
            "intro": "What was deleted in one go comes back in one go.",
            "empty_text": "Nothing is deleted.",
        },
    )


@policy_required(*_MAY_SEE)
def deleted_batch(request: HttpRequest) -> HttpResponse:
    """Show all that was deleted at one moment, by name, or bring it back."""
    if request.method == "POST":
        return _restore(request, reverse("library:deleted_list"))
    moment = _moment(request.GET.get("moment", ""))
    batches = load_batches([moment]) if moment else []
    if not batches or not batches[0].parts:
        raise Http404("Nothing was deleted at that moment.")
    (told,) = _told(request, batches, _people(batches))
    kinds = [
        (
            part,
            [
                str(record)
                for record in part.model.everything.filter(deleted_on=moment)
                .select_related(*_shown_with(part.model))
                .order_by("pk")[:_NAMES]
            ],
        )
        for part in batches[0].parts
    ]
    return render(
        request,
        "library/deleted_batch.html",
        {
            "batch": told,
            "kinds": [(part, names, part.count - len(names)) for part, names in kinds],
            "heading": "Deleted together",
            "trail": [("Deleted", reverse("library:deleted_list")), ("Deleted together", "")],
        },
    )


def _people(batches: list[Batch]) -> dict[int, User]:
    return User.objects.in_bulk(
        {part.deleted_by for batch in batches for part in batch.parts if part.deleted_by}
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _told(
    request: HttpRequest, batches: list[Batch], people: dict[int, User]
) -> list[dict[str, Any]]:
    """Return each batch as the page shows it; names cost 1 query per kind of record."""
    firsts: dict[Any, set[int]] = {}
    for batch in batches:
        for part in batch.parts:
            firsts.setdefault(part.model, set()).add(part.first)
    names: dict[tuple[Any, int], str] = {}
    for model, keys in firsts.items():
        for record in model.everything.filter(pk__in=keys).select_related(*_shown_with(model)):
            names[model, record.pk] = str(record)
    return [
        {
            "moment": batch.deleted_on,
            "who": next((people[p.deleted_by] for p in batch.parts if p.deleted_by in people), ""),
            "parts": [(part, names.get((part.model, part.first), "")) for part in batch.parts],
            "may_restore": may_restore(request.user, [part.kind for part in batch.parts]),
        }
        for batch in batches
    ]


def _shown_with(model: Any) -> list[str]:
    """Return the relations that a record's own name may need."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if field.many_to_one and field.name in ("product", "productversion", "category")
    ]


def _restore(request: HttpRequest, here: str) -> HttpResponse:
    moment = _moment(request.POST.get("moment", ""))
    if moment is None:
        messages.error(request, "Choose what to bring back.")
        return redirect(here)
    try:
        parts = undelete_batch(moment, by=person(request))
    except ActionError as error:
        messages.error(request, str(error))
    else:
        listed = ", ".join(f"{part.count:,} {part.name}" for part in parts)
        messages.success(request, f"Brought back {listed}.")
    return redirect(here)
