"""What was deleted, and the way back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError
from moztrap.core.actions.batches import Batch, batch_moments, load_batches
from moztrap.core.pages import person
from moztrap.core.policies import DELETERS, may_restore, policy_required
from moztrap.library.actions import undelete_batch

_SIZE = 20


@policy_required(*sorted(set(DELETERS.values())))
def deleted_list(request: HttpRequest) -> HttpResponse:
    """List what was deleted together, newest first, or bring some of it back."""
    if request.method == "POST":
        return _restore(request)
    page = Paginator(batch_moments(), _SIZE).get_page(request.GET.get("page"))
    batches = load_batches([row["deleted_on"] for row in page.object_list])
    people = User.objects.in_bulk(
        {part.deleted_by for batch in batches for part in batch.parts if part.deleted_by}
    )
    page.object_list = _told(request, batches, people)
    return render(
        request,
        "library/deleted_list.html",
        {
            "page_obj": page,
            "heading": "Deleted",
            "intro": "What was deleted in one go comes back in one go.",
            "empty_text": "Nothing is deleted.",
        },
    )


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


def _restore(request: HttpRequest) -> HttpResponse:
    here = redirect(f"{reverse('library:deleted_list')}?{request.GET.urlencode()}")
    try:
        moment = parse_datetime(request.POST.get("moment", ""))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        messages.error(request, "Choose what to bring back.")
        return here
    try:
        parts = undelete_batch(moment, by=person(request))
    except ActionError as error:
        messages.error(request, str(error))
    else:
        listed = ", ".join(f"{part.count:,} {part.name}" for part in parts)
        messages.success(request, f"Brought back {listed}.")
    return here
