"""Categories, elements, environments and profiles, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from moztrap.api.fields import Change, RecordField, RecordsField, Sent
from moztrap.environments.models import Category, Element, Environment, Profile

_RECORD = ("cc_version", "created_on", "modified_on")


def _elements(**options: Any) -> RecordsField:
    return RecordsField(lambda: Element.objects.all(), **{"max_length": 500} | options)


class CategorySerializer(serializers.ModelSerializer):
    """A category."""

    class Meta:
        """What is shown."""

        model = Category
        fields = ("id", "name", *_RECORD)


class CategorySent(Sent):
    """A new category."""

    name = serializers.CharField(max_length=100)


class CategoryChange(Change, CategorySent):
    """What is to be changed of a category."""


class ElementSerializer(serializers.ModelSerializer):
    """An element."""

    class Meta:
        """What is shown."""

        model = Element
        fields = ("id", "category", "name", *_RECORD)


class ElementSent(Sent):
    """A new element."""

    category = RecordField(lambda: Category.objects.all())
    name = serializers.CharField(max_length=100)


class ElementChange(Change, ElementSent):
    """What is to be changed of an element."""


class EnvironmentElementSerializer(serializers.ModelSerializer):
    """An element that an environment is made of."""

    class Meta:
        """What is shown."""

        model = Element
        fields = ("id", "category", "name")


class EnvironmentSerializer(serializers.ModelSerializer):
    """An environment, with the elements that it is made of."""

    elements = EnvironmentElementSerializer(many=True)

    class Meta:
        """What is shown."""

        model = Environment
        fields = ("id", "name", "elements", *_RECORD)


class EnvironmentSent(Sent):
    """A new environment."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    elements: Any = _elements(
        allow_empty=False, help_text="Two elements of one category mean “either”."
    )


class EnvironmentChange(Change, EnvironmentSent):
    """What is to be changed of an environment, wherever it is used."""


class ProfileSerializer(serializers.ModelSerializer):
    """A profile: a named set of environments, to be given to product versions."""

    class Meta:
        """What is shown."""

        model = Profile
        fields = ("id", "name", "environments", *_RECORD)


class ProfileSent(Sent):
    """A new profile."""

    name = serializers.CharField(max_length=100)
    elements: Any = _elements(
        required=False,
        help_text="It gets an environment of every combination of these, one of each category.",
    )


class ProfileChange(Change):
    """What is to be changed of a profile."""

    name = serializers.CharField(max_length=100)


class ExtendSent(Sent):
    """What a profile gets besides what it has."""

    elements: Any = _elements(allow_empty=False)
    combine = serializers.BooleanField(
        required=False,
        default=True,
        help_text="True: every combination, one of each category. False: one environment of all.",
    )


class PruneSent(Sent):
    """What is taken out of a profile."""

    environments: Any = RecordsField(lambda: Environment.objects.all(), allow_empty=False)
