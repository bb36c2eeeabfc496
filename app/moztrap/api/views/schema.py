"""The description of the API, for tools that read OpenAPI."""

import json
from functools import cache
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from moztrap.api.views.base import Endpoint


@cache
def description() -> bytes:
    """Return the document; it is the same for everybody, and takes a second to draw."""
    generator: Any = SchemaGenerator
    document = generator().get_schema(request=None, public=True)
    return json.dumps(document, ensure_ascii=False).encode()


class Schema(Endpoint):
    """OpenAPI 3, as JSON."""

    schema = None
    # People look at it too, before they make a token.
    authentication_classes: Any = (*Endpoint.authentication_classes, SessionAuthentication)
    answers: ClassVar = {"GET": (200, None)}

    def get(self, request: Request) -> HttpResponse:
        """Return the document."""
        return HttpResponse(description(), content_type="application/vnd.oai.openapi+json")
