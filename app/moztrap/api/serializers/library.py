"""Tags and suites, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from moztrap.api.fields import Change, IdsField, RecordField, Sent, Text
from moztrap.catalog.models import Product
from moztrap.library.models import Status, Suite, SuiteCase, Tag

_RECORD = ("cc_version", "created_on", "modified_on")
_MOST_CASES = 10_000


class TagSerializer(serializers.ModelSerializer):
    """A tag."""

    class Meta:
        """What is shown."""

        model = Tag
        fields = ("id", "name", "description", "product", *_RECORD)


class TagSent(Sent):
    """A new tag."""

    name = serializers.CharField(max_length=100)
    description = Text(help_text="Markdown. Testers see it before each case with this tag.")
    product = RecordField(
        lambda: Product.objects.all(),
        required=False,
        allow_null=True,
        help_text="null: cases of every product can have it.",
    )


class TagChange(Change, TagSent):
    """What is to be changed of a tag."""


class MergeSent(Sent):
    """Which tag takes the place of another."""

    into = RecordField(lambda: Tag.objects.select_related("product"))


class SuiteSerializer(serializers.ModelSerializer):
    """A suite."""

    class Meta:
        """What is shown."""

        model = Suite
        fields = ("id", "product", "name", "description", "status", *_RECORD)


class _SuiteFields(Sent):
    name = serializers.CharField(max_length=200)
    description = Text()
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    product = RecordField(lambda: Product.objects.all())


class SuiteSent(_SuiteFields):
    """A new suite."""


class SuiteChange(Change, _SuiteFields):
    """What is to be changed; a suite changes its product only while it has no cases."""


class SuiteCaseSerializer(serializers.ModelSerializer):
    """The place of a case in a suite; ``order`` ascends, and not without gaps."""

    class Meta:
        """What is shown."""

        model = SuiteCase
        fields = ("id", "suite", "case", "order")


class CasesPlaced(Sent):
    """Cases of a suite, in order."""

    cases: Any = IdsField(max_length=_MOST_CASES)


class PositionSent(Sent):
    """Where a case goes among the cases of a suite."""

    position = serializers.IntegerField(
        min_value=1, max_value=999_999_999, help_text="From 1; behind the last means the last."
    )
