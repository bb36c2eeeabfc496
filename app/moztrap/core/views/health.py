"""Health."""

import os

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from moztrap.core import readiness
from moztrap.core.release import deployment_id, release_id


def _ids() -> dict[str, str]:
    return {"release": release_id(), "deployment": deployment_id()}


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers, and says which deployment it is; asks nothing else."""
    return JsonResponse({"status": "ok", **_ids(), "process": os.getpid()})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether traffic may come: 503 for what breaks every page, "degraded" for the rest."""
    report = readiness.examine(request)
    body: dict[str, object] = {"status": report.status, **_ids()}
    if readiness.may_see_details(request):
        body["checks"] = report.details()
    return JsonResponse(body, status=503 if report.status == "unavailable" else 200)
