"""Pages of elements."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from moztrap.core.pages import delete_page, form_page, list_page, posted
from moztrap.core.policies import READ, may, policy_required
from moztrap.core.prefill import Rule, prefill
from moztrap.environments.actions import delete_element
from moztrap.environments.filters import ELEMENTS
from moztrap.environments.forms import ElementForm
from moztrap.environments.models import Element
from moztrap.environments.views.common import TABS


def _list_url() -> str:
    return reverse("environments:element_list")


@policy_required(READ)
def element_list(request: HttpRequest) -> HttpResponse:
    """List elements."""
    is_manager = may(request.user, "manage_environments")
    return list_page(
        request,
        "environments/element_list.html",
        ELEMENTS,
        Element.objects.for_list(),
        heading="Elements",
        intro="What environments are made of.",
        tabs=TABS,
        create_url=reverse("environments:element_create") if is_manager else "",
        create_label="New element",
    )


@policy_required("manage_environments")
def element_create(request: HttpRequest) -> HttpResponse:
    """Create an element."""
    filled = prefill(request, category=Rule("category"))
    return form_page(
        request,
        ElementForm(posted(request), initial=filled.initial),
        filled=filled,
        done=lambda record: _list_url(),
        heading="New element",
        trail=[("Elements", _list_url()), ("New", "")],
        cancel_url=_list_url(),
    )


@policy_required("manage_environments")
def element_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an element."""
    record: Element = get_object_or_404(Element.objects.all(), pk=pk)
    return form_page(
        request,
        ElementForm(posted(request), instance=record),
        done=lambda record: _list_url(),
        template="core/record_form.html",
        heading=f"Edit {record}",
        trail=[("Elements", _list_url()), (str(record), "")],
        cancel_url=_list_url(),
        delete_url=reverse("environments:element_delete", args=[pk]),
    )


@policy_required("manage_environments")
def element_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an element that nothing uses."""
    return delete_page(
        request,
        get_object_or_404(Element.objects.all(), pk=pk),
        delete=delete_element,
        done_url=_list_url(),
        cancel_url=reverse("environments:element_edit", args=[pk]),
        consequence="An element that an environment still holds is not deleted.",
    )
