"""Products, environments, cases and suites, as the API shows them."""

from typing import Any

from rest_framework import serializers

from moztrap.accounts.models import User
from moztrap.catalog.models import Product, ProductVersion
from moztrap.environments.models import Category, Element, Environment
from moztrap.library.models import Case, CaseStep, CaseVersion, Suite, SuiteCase, Tag


class ProductSerializer(serializers.ModelSerializer):
    """A product."""

    class Meta:
        """What is shown."""

        model = Product
        fields = ("id", "name", "description", "created_on", "modified_on")


class ProductVersionSerializer(serializers.ModelSerializer):
    """A version of a product."""

    class Meta:
        """What is shown."""

        model = ProductVersion
        fields = ("id", "product", "version", "codename", "order", "latest", "environments")


class CategorySerializer(serializers.ModelSerializer):
    """A category."""

    class Meta:
        """What is shown."""

        model = Category
        fields = ("id", "name")


class ElementSerializer(serializers.ModelSerializer):
    """An element."""

    class Meta:
        """What is shown."""

        model = Element
        fields = ("id", "category", "name")


class EnvironmentSerializer(serializers.ModelSerializer):
    """An environment, with the elements that it is made of."""

    elements = ElementSerializer(many=True)

    class Meta:
        """What is shown."""

        model = Environment
        fields = ("id", "name", "elements")


class TagSerializer(serializers.ModelSerializer):
    """A tag."""

    class Meta:
        """What is shown."""

        model = Tag
        fields = ("id", "name", "description", "product")


class CaseSerializer(serializers.ModelSerializer):
    """A case: what its versions share."""

    shown_id = serializers.CharField()

    class Meta:
        """What is shown."""

        model = Case
        fields = ("id", "shown_id", "product", "idprefix", "priority")


class CaseStepSerializer(serializers.ModelSerializer):
    """A step."""

    class Meta:
        """What is shown."""

        model = CaseStep
        fields = ("number", "instruction", "expected")


class CaseVersionSerializer(serializers.ModelSerializer):
    """What a case says in one product version."""

    steps = CaseStepSerializer(many=True)
    tags: Any = serializers.SlugRelatedField(many=True, read_only=True, slug_field="name")

    class Meta:
        """What is shown."""

        model = CaseVersion
        fields = (
            *("id", "case", "productversion", "name", "description", "status", "latest"),
            *("tags", "environments", "steps", "cc_version", "created_on", "modified_on"),
        )


class SuiteSerializer(serializers.ModelSerializer):
    """A suite."""

    class Meta:
        """What is shown."""

        model = Suite
        fields = ("id", "product", "name", "description", "status")


class SuiteCaseSerializer(serializers.ModelSerializer):
    """The place of a case in a suite."""

    class Meta:
        """What is shown."""

        model = SuiteCase
        fields = ("id", "suite", "case", "order")


class UserSerializer(serializers.ModelSerializer):
    """A person: a name, and nothing else."""

    class Meta:
        """What is shown."""

        model = User
        fields = ("id", "username")
