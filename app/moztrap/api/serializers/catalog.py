"""Products and their versions, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from moztrap.api.fields import Change, RecordField, RecordsField, Sent, Text
from moztrap.catalog.models import Product, ProductVersion
from moztrap.environments.models import Environment, Profile


class ProductSerializer(serializers.ModelSerializer):
    """A product."""

    class Meta:
        """What is shown."""

        model = Product
        fields = ("id", "name", "description", "cc_version", "created_on", "modified_on")


class ProductSent(Sent):
    """A new product."""

    name = serializers.CharField(max_length=100)
    description = Text()


class ProductChange(Change, ProductSent):
    """What is to be changed of a product."""


class ProductVersionSerializer(serializers.ModelSerializer):
    """A version of a product."""

    class Meta:
        """What is shown."""

        model = ProductVersion
        fields = (
            *("id", "product", "version", "codename", "order", "latest", "environments"),
            *("cc_version", "created_on", "modified_on"),
        )


class _VersionFields(Sent):
    version = serializers.CharField(max_length=100)
    codename = serializers.CharField(required=False, allow_blank=True, max_length=100)
    environments: Any = RecordsField(
        lambda: Environment.objects.all(),
        required=False,
        help_text="All of them: those that are not named are taken away.",
    )
    profile = RecordField(
        lambda: Profile.objects.all(),
        required=False,
        allow_null=True,
        help_text="Adds the environments that this profile holds now.",
    )


class ProductVersionSent(_VersionFields):
    """A new version of a product."""

    product = RecordField(lambda: Product.objects.all())
    copy_from = RecordField(
        lambda: ProductVersion.objects.select_related("product"),
        required=False,
        allow_null=True,
        help_text="The version of the product whose cases are copied; its environments too, "
        "unless others are given.",
    )


class ProductVersionChange(Change, _VersionFields):
    """What is to be changed of a version; it stays with its product."""


class FillSent(Sent):
    """From where the cases are taken that a version lacks."""

    source = RecordField(lambda: ProductVersion.objects.select_related("product"))
