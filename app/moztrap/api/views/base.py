"""What every endpoint shares."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer

from moztrap.api.authentication import TokenAuthentication
from moztrap.api.filters import ListingFilter
from moztrap.api.pagination import Pages
from moztrap.api.permissions import PolicyPermission
from moztrap.core.listing import Listing
from moztrap.core.policies import READ


class Endpoint(GenericAPIView):
    """JSON in and out, for tokens; reading is as open as the pages are."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (PolicyPermission,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    pagination_class: Any = Pages
    filter_backends = (ListingFilter,)
    read_policy = READ
    write_policy = ""
    listing: Listing | None = None

    @classmethod
    def as_view(cls, **options: Any) -> Any:
        """Answer without a login: the endpoint itself asks for a token."""
        view = login_not_required(super().as_view(**options))
        view.moztrap_permissions = tuple(
            policy for policy in (cls.read_policy, cls.write_policy) if policy
        )
        return view


class ListEndpoint(ListAPIView, Endpoint):
    """A list of records, newest first."""


class DetailEndpoint(RetrieveAPIView, Endpoint):
    """One record."""

    # Filters are for lists: a record is there or not.
    filter_backends: Any = ()
