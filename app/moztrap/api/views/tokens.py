"""The page where people make and revoke their tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from moztrap.accounts.models import User
from moztrap.api.actions import revoke_token
from moztrap.api.forms import TokenForm
from moztrap.api.models import ApiToken
from moztrap.core.actions import ActionError
from moztrap.core.pages import person, posted
from moztrap.core.policies import LOGGED_IN, policy_required


def _owner(request: HttpRequest) -> User:
    owner = person(request)
    assert isinstance(owner, User)  # noqa: S101 for the type checker
    return owner


@never_cache
@policy_required(LOGGED_IN)
def token_list(request: HttpRequest) -> HttpResponse:
    """Show one's own tokens; the secret of a new one is on the answer to the form, once."""
    owner = _owner(request)
    form = TokenForm(posted(request))
    made = form.submit(by=owner) if form.is_bound else None
    context = {
        "heading": "API tokens",
        "trail": [("Your account", reverse("accounts:profile")), ("API tokens", "")],
        "form": TokenForm() if made else form,
        "made": made[0] if made else None,
        "secret": made[1] if made else "",
        "tokens": ApiToken.objects.filter(owner=owner),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "api/tokens.html", context, status=status)


@require_POST
@policy_required(LOGGED_IN)
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of one's own tokens."""
    owner = _owner(request)
    token = get_object_or_404(ApiToken, pk=pk, owner=owner)
    try:
        revoke_token(token, by=owner)
    except ActionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Revoked “{token}”: it opens nothing any more.")
    return redirect("tokens:token_list")
