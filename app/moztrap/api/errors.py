"""What an endpoint answers when an action refuses."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from moztrap.core.actions import ActionError, BusyError, ConcurrencyError, ConflictError


def explain(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer 409 for what others did meanwhile, 503 for a lost write, 400 for other refusals."""
    if isinstance(error, BusyError):
        return Response({"detail": str(error)}, status=503, headers={"Retry-After": "1"})
    if isinstance(error, ConcurrencyError | ConflictError):
        return Response({"detail": str(error)}, status=409)
    if isinstance(error, ActionError):
        return Response({"detail": str(error)}, status=400)
    answer: Response | None = exception_handler(error, context)
    return answer
