"""What an endpoint answers when an action refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from moztrap.core.actions import ActionError, BusyError, ConcurrencyError, ConflictError
from moztrap.core.views.errors import RETRY_SECONDS, is_away


class TooLargeBody(APIException):
    """The body is longer than any that makes sense."""

    status_code = 413
    default_code = "too_large"


def explain(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer 409 for what others did meanwhile, 503 for a lost write, 400 for other refusals."""
    if isinstance(error, BusyError):
        return Response({"detail": str(error)}, status=503, headers={"Retry-After": "1"})
    if isinstance(error, ConcurrencyError | ConflictError):
        return Response({"detail": str(error)}, status=409)
    if isinstance(error, ActionError | SuspiciousOperation):
        return Response({"detail": str(error)}, status=400)
    if isinstance(error, OperationalError | InterfaceError) and is_away(error):
        said = "The database is away at the moment; try again."
        return Response({"detail": said}, status=503, headers={"Retry-After": RETRY_SECONDS})
    answer: Response | None = exception_handler(error, context)
    return answer


@contextmanager
def blaming(field: str) -> Iterator[None]:
    """Say of which field an action speaks when it refuses."""
    try:
        yield
    except (BusyError, ConcurrencyError, ConflictError):
        # Not what was sent is wrong, but the moment.
        raise
    except ActionError as error:
        raise ValidationError({field: [str(error)]}) from error
