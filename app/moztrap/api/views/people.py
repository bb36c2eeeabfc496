"""Endpoints of people: their names, for whoever is logged in."""

from typing import ClassVar

from moztrap.accounts.models import User
from moztrap.api.listings import USERS
from moztrap.api.serializers.common import UserSerializer
from moztrap.api.views.base import DetailEndpoint, Endpoint, ListEndpoint
from moztrap.core.policies import LOGGED_IN


class _Users(Endpoint):
    serializer_class = UserSerializer
    queryset = User.objects.order_by("-pk")
    policies: ClassVar = {"GET": LOGGED_IN}


class UserList(_Users, ListEndpoint):
    """People, by name."""

    listing = USERS
    sorts: ClassVar = {"id": (), "username": ("username",)}


class UserDetail(_Users, DetailEndpoint):
    """A person."""
