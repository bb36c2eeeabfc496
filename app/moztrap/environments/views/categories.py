"""Pages of categories."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from moztrap.core.pages import delete_page, form_page, list_page, posted
from moztrap.core.policies import READ, may, policy_required
from moztrap.environments.actions import delete_category
from moztrap.environments.filters import CATEGORIES
from moztrap.environments.forms import CategoryForm
from moztrap.environments.models import Category
from moztrap.environments.views.common import TABS


def _list_url() -> str:
    return reverse("environments:category_list")


@policy_required(READ)
def category_list(request: HttpRequest) -> HttpResponse:
    """List categories."""
    is_manager = may(request.user, "manage_environments")
    return list_page(
        request,
        "environments/category_list.html",
        CATEGORIES,
        Category.objects.with_elements(),
        heading="Categories",
        intro="What environments differ in, such as operating system or browser.",
        tabs=TABS,
        create_url=reverse("environments:category_create") if is_manager else "",
        create_label="New category",
    )


@policy_required("manage_environments")
def category_create(request: HttpRequest) -> HttpResponse:
    """Create a category."""
    return form_page(
        request,
        CategoryForm(posted(request)),
        done=lambda record: _list_url(),
        heading="New category",
        trail=[("Categories", _list_url()), ("New", "")],
        cancel_url=_list_url(),
    )


@policy_required("manage_environments")
def category_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a category."""
    record: Category = get_object_or_404(Category.objects.all(), pk=pk)
    return form_page(
        request,
        CategoryForm(posted(request), instance=record),
        done=lambda record: _list_url(),
        template="core/record_form.html",
        heading=f"Edit {record}",
        trail=[("Categories", _list_url()), (str(record), "")],
        cancel_url=_list_url(),
        delete_url=reverse("environments:category_delete", args=[pk]),
    )


@policy_required("manage_environments")
def category_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a category that nothing uses."""
    return delete_page(
        request,
        get_object_or_404(Category.objects.all(), pk=pk),
        delete=delete_category,
        done_url=_list_url(),
        cancel_url=reverse("environments:category_edit", args=[pk]),
        consequence="A category that still has elements is not deleted.",
    )
