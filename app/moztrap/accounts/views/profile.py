"""What a person sees of their own account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from moztrap.core.policies import LOGGED_IN, policy_required


@policy_required(LOGGED_IN)
def profile(request: HttpRequest) -> HttpResponse:
    """Name, address and roles, and the way to a new password."""
    return render(request, "accounts/profile.html", {"heading": "Your account"})
