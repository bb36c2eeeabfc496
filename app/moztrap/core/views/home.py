"""Where `/` leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from moztrap.core.policies import READ, policy_required


@policy_required(READ)
def home(request: HttpRequest) -> HttpResponse:
    """To the cases, which is what people come for."""
    return redirect("library:case_list")
