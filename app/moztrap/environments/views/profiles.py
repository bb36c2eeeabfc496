"""Pages of profiles."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.core.actions import ActionError
from moztrap.core.pages import Trail, delete_page, form_page, ids_of, list_page, person, posted
from moztrap.core.policies import READ, may, policy_required
from moztrap.core.words import counted
from moztrap.environments.actions import delete_profile, prune_profile
from moztrap.environments.filters import PROFILE_ENVIRONMENTS, PROFILES
from moztrap.environments.forms import ExtendForm, ProfileForm
from moztrap.environments.models import Environment, Profile
from moztrap.environments.views.common import TABS


def _list_url() -> str:
    return reverse("environments:profile_list")


def _url(profile: Profile) -> str:
    return reverse("environments:profile", args=[profile.pk])


def _trail(profile: Profile, last: str) -> Trail:
    return [("Profiles", _list_url()), (profile.name, _url(profile)), (last, "")]


@policy_required(READ)
def profile_list(request: HttpRequest) -> HttpResponse:
    """List profiles."""
    is_manager = may(request.user, "manage_environments")
    return list_page(
        request,
        "environments/profile_list.html",
        PROFILES,
        Profile.objects.for_list(),
        heading="Profiles",
        intro="A profile is a named set of environments, to be given to product versions.",
        tabs=TABS,
        numbers=("environments",),
        create_url=reverse("environments:profile_create") if is_manager else "",
        create_label="New profile",
    )


@policy_required(READ)
def profile_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the environments of a profile; whoever may, takes some out right there."""
    profile: Profile = get_object_or_404(Profile.objects.all(), pk=pk)
    return list_page(
        request,
        "environments/profile.html",
        PROFILE_ENVIRONMENTS,
        Environment.objects.filter(profiles=profile).with_elements(),
        profile=profile,
        heading=profile.name,
        trail=[("Profiles", _list_url()), (profile.name, "")],
        empty_text="No environment yet.",
    )


@policy_required("manage_environments")
def profile_create(request: HttpRequest) -> HttpResponse:
    """Create a profile out of elements."""
    return form_page(
        request,
        ProfileForm(posted(request)),
        done=_url,
        heading="New profile",
        trail=[("Profiles", _list_url()), ("New", "")],
        cancel_url=_list_url(),
    )


@policy_required("manage_environments")
def profile_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a profile."""
    profile: Profile = get_object_or_404(Profile.objects.all(), pk=pk)
    return form_page(
        request,
        ProfileForm(posted(request), instance=profile),
        done=_url,
        template="core/record_form.html",
        heading=f"Rename {profile}",
        trail=_trail(profile, "Rename"),
        cancel_url=_url(profile),
        delete_url=reverse("environments:profile_delete", args=[pk]),
    )


@policy_required("manage_environments")
def profile_extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Add environments to a profile."""
    profile: Profile = get_object_or_404(Profile.objects.all(), pk=pk)
    form = ExtendForm(posted(request), profile=profile)
    if request.method == "POST" and (count := form.submit(by=person(request))) is not None:
        messages.success(request, f"Added {counted(count, 'environment')} to “{profile}”.")
        return redirect(_url(profile))
    return render(
        request,
        "core/form.html",
        {
            "form": form,
            "heading": f"Add environments to {profile}",
            "trail": _trail(profile, "Add"),
            "submit_label": "Add",
            "cancel_url": _url(profile),
        },
        status=422 if form.is_bound else 200,
    )


@require_POST
@policy_required("manage_environments")
def profile_prune(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the chosen environments out of a profile."""
    profile: Profile = get_object_or_404(Profile.objects.all(), pk=pk)
    try:
        chosen = ids_of(request.POST, "environment")
        count = prune_profile(profile, by=person(request), environments=chosen)
        messages.success(request, f"Took {counted(count, 'environment')} out of “{profile}”.")
    except ActionError as error:
        messages.error(request, str(error))
    return redirect(f"{_url(profile)}?{request.GET.urlencode()}")


@policy_required("manage_environments")
def profile_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a profile."""
    profile: Profile = get_object_or_404(Profile.objects.all(), pk=pk)
    return delete_page(
        request,
        profile,
        delete=delete_profile,
        done_url=_list_url(),
        cancel_url=_url(profile),
        consequence="Its environments stay, and so does what product versions took from it.",
    )
