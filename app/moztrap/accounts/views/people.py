"""The people of the site, for those who manage them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from moztrap.accounts.forms import PersonForm
from moztrap.accounts.listing import PEOPLE
from moztrap.accounts.models import User
from moztrap.core.pages import list_page, posted
from moztrap.core.policies import policy_required


@policy_required("manage_users")
def user_list(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account."""
    people = User.objects.prefetch_related("groups").distinct()
    return list_page(
        request,
        "accounts/user_list.html",
        PEOPLE,
        people,
        heading="Users",
        intro="People register by themselves; here they get their roles.",
    )


@policy_required("manage_users")
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's roles and rights."""
    person = get_object_or_404(User, pk=pk)
    assert isinstance(request.user, User)  # noqa: S101  # policy_required let nobody else in
    form = PersonForm(posted(request), person=person, by=request.user)
    if form.is_bound and form.submit():
        messages.success(request, f"Saved {person.username}.")
        return redirect("accounts:user_list")
    context = {
        "heading": person.username,
        "person": person,
        "form": form,
        "cancel_url": reverse("accounts:user_list"),
        "trail": [("Users", reverse("accounts:user_list")), (person.username, "")],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/user_form.html", context, status=status)
