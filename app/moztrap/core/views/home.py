"""Where `/` leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from moztrap.core.policies import READ, may, policy_required


@policy_required(READ)
def home(request: HttpRequest) -> HttpResponse:
    """To the work that waits for a tester; to the runs for those who only read."""
    return redirect("execution:work" if may(request.user, "execute") else "execution:run_list")
