"""Ids in addresses."""

from django.urls.converters import IntConverter


class IdConverter(IntConverter):
    """A number that can be an id: databases refuse to be asked for longer ones."""

    regex = "[0-9]{1,18}"
