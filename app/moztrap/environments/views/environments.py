"""Pages of environments."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from moztrap.core.pages import delete_page, form_page, list_page, posted
from moztrap.core.policies import READ, may, policy_required
from moztrap.environments.actions import delete_environment
from moztrap.environments.filters import ENVIRONMENTS
from moztrap.environments.forms import EnvironmentForm
from moztrap.environments.models import Environment
from moztrap.environments.views.common import TABS


def _list_url() -> str:
    return reverse("environments:environment_list")


@policy_required(READ)
def environment_list(request: HttpRequest) -> HttpResponse:
    """List environments."""
    is_manager = may(request.user, "manage_environments")
    return list_page(
        request,
        "environments/environment_list.html",
        ENVIRONMENTS,
        Environment.objects.with_elements(),
        heading="Environments",
        intro="Where tests are run: each environment is a set of elements.",
        tabs=TABS,
        create_url=reverse("environments:environment_create") if is_manager else "",
        create_label="New environment",
    )


@policy_required("manage_environments")
def environment_create(request: HttpRequest) -> HttpResponse:
    """Create an environment."""
    return form_page(
        request,
        EnvironmentForm(posted(request)),
        done=lambda record: _list_url(),
        heading="New environment",
        trail=[("Environments", _list_url()), ("New", "")],
        cancel_url=_list_url(),
    )


@policy_required("manage_environments")
def environment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an environment."""
    record: Environment = get_object_or_404(Environment.objects.all(), pk=pk)
    return form_page(
        request,
        EnvironmentForm(posted(request), instance=record),
        done=lambda record: _list_url(),
        template="core/record_form.html",
        heading=f"Edit {record}",
        trail=[("Environments", _list_url()), (str(record), "")],
        cancel_url=_list_url(),
        delete_url=reverse("environments:environment_delete", args=[pk]),
    )


@policy_required("manage_environments")
def environment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an environment that nothing uses."""
    return delete_page(
        request,
        get_object_or_404(Environment.objects.all(), pk=pk),
        delete=delete_environment,
        done_url=_list_url(),
        cancel_url=reverse("environments:environment_edit", args=[pk]),
        consequence="What a product version, a case or a run still uses is not deleted.",
    )
