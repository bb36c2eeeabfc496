"""The description of the API, for tools that read OpenAPI."""

from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication

from moztrap.api.views.base import Endpoint


class Schema(SpectacularAPIView, Endpoint):
    """OpenAPI 3, as JSON."""

    renderer_classes: Any = (OpenApiJsonRenderer,)
    # People look at it too, before they make a token.
    authentication_classes: Any = (*Endpoint.authentication_classes, SessionAuthentication)
    permission_classes = Endpoint.permission_classes
    pagination_class = None
    filter_backends: Any = ()
