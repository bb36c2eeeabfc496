"""Cases, what they say in product versions, and their files, as the API shows and takes them."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from moztrap.api.fields import Change, IdsField, RecordField, RecordsField, Sent, Text
from moztrap.catalog.models import ProductVersion
from moztrap.environments.models import Environment
from moztrap.library.entry.drafts import Draft
from moztrap.library.entry.json_file import read_cases
from moztrap.library.forms.steps import MOST_STEPS
from moztrap.library.models import (
    Attachment,
    Case,
    CaseStep,
    CaseVersion,
    Priority,
    Status,
    Suite,
    Tag,
)

# As many as are changed in one go without anybody waiting for long.
MOST_AT_ONCE = 5000


class CaseSerializer(serializers.ModelSerializer):
    """A case: what its versions share."""

    shown_id = serializers.CharField()

    class Meta:
        """What is shown."""

        model = Case
        fields = ("id", "shown_id", "product", "idprefix", "priority", "created_on", "modified_on")


class CaseStepSerializer(serializers.ModelSerializer):
    """A step."""

    class Meta:
        """What is shown."""

        model = CaseStep
        fields = ("number", "instruction", "expected")


class CaseVersionSerializer(serializers.ModelSerializer):
    """What a case says in one product version."""

    shown_id = serializers.CharField(source="case.shown_id")
    product = serializers.IntegerField(source="case.product_id")
    idprefix = serializers.CharField(source="case.idprefix")
    priority = serializers.IntegerField(source="case.priority", allow_null=True)
    steps = CaseStepSerializer(many=True)
    tags: Any = serializers.SlugRelatedField(many=True, read_only=True, slug_field="name")

    class Meta:
        """What is shown."""

        model = CaseVersion
        fields = (
            *("id", "case", "shown_id", "product", "productversion", "idprefix", "priority"),
            *("name", "description", "status", "latest", "tags", "environments"),
            *("envs_narrowed", "steps", "cc_version", "created_on", "created_by"),
            *("modified_on", "modified_by"),
        )


class StepSent(Sent):
    """A step; its place in the list numbers it."""

    instruction = Text(required=True, allow_blank=False)
    expected = Text()


class _CaseFields(Sent):
    name = serializers.CharField(max_length=255)
    description = Text()
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    idprefix = serializers.CharField(required=False, allow_blank=True, max_length=25)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False, allow_null=True)
    steps: Any = StepSent(many=True, required=False, max_length=MOST_STEPS)
    tags: Any = serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        max_length=100,
        help_text="Names. Whoever may manage tags makes those that are not there yet.",
    )
    environments: Any = RecordsField(
        lambda: Environment.objects.all(),
        required=False,
        help_text="Of those of the product version; all of these unless they are named.",
    )


class CaseSent(_CaseFields):
    """A new case, and what it says in a product version."""

    productversion = RecordField(lambda: ProductVersion.objects.select_related("product"))
    and_later = serializers.BooleanField(
        required=False, help_text="Whether all later versions of the product get it too."
    )


class CaseVersionChange(Change, _CaseFields):
    """What is to be changed; name, id prefix and priority change in all versions of the case."""


class CaseVersionSent(Sent):
    """Into which version of its product a case is taken, and from which."""

    case = RecordField(lambda: Case.objects.all())
    productversion = RecordField(lambda: ProductVersion.objects.select_related("product"))
    source = RecordField(
        lambda: ProductVersion.objects.all(),
        required=False,
        allow_null=True,
        help_text="The product version whose text is copied; without it, the newest that it has.",
    )


class CaseVersionsBulk(Sent):
    """What is to be changed in many case versions; what is left out stays as it is."""

    caseversions: Any = IdsField(allow_empty=False, max_length=MOST_AT_ONCE)
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    priority = serializers.ChoiceField(
        choices=Priority.choices,
        required=False,
        allow_null=True,
        help_text="null takes the priority away.",
    )
    add_tags: Any = RecordsField(
        lambda: Tag.objects.select_related("product"), required=False, max_length=100
    )
    remove_tags: Any = RecordsField(lambda: Tag.objects.all(), required=False, max_length=100)
    suite = RecordField(
        lambda: Suite.objects.all(), required=False, help_text="Their cases are added to it."
    )


class BulkReportSerializer(serializers.Serializer):
    """How many case versions a change concerned, one number for each kind of change."""

    selected = serializers.IntegerField()
    status = serializers.IntegerField()
    priority = serializers.IntegerField()
    tagged = serializers.IntegerField()
    untagged = serializers.IntegerField()
    added_to_suite = serializers.IntegerField()


class CaseVersionsDelete(Sent):
    """Case versions to delete; a case that has none left goes with them."""

    caseversions: Any = IdsField(allow_empty=False, max_length=MOST_AT_ONCE)


class DraftSent(Sent):
    """One of many new cases, as a file for the import has it."""

    name = serializers.CharField(max_length=255)
    description = Text()
    idprefix = serializers.CharField(required=False, max_length=25)
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False, allow_null=True)
    tags: Any = serializers.ListField(child=serializers.CharField(max_length=100), required=False)
    suites: Any = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    steps: Any = StepSent(many=True, required=False, max_length=MOST_STEPS)


@extend_schema_field(DraftSent(many=True))
class DraftsField(serializers.Field):
    """Many cases, read as the import of files reads them: a general validator takes minutes."""

    def to_internal_value(self, data: Any) -> list[Draft]:
        """Return the cases; raise ValidationError that names each wrong one by its number."""
        if not isinstance(data, list):
            raise serializers.ValidationError("Send a list of cases.")
        parsed = read_cases(data)
        if parsed.problems:
            raise serializers.ValidationError(parsed.problems)
        return parsed.drafts

    def to_representation(self, value: Any) -> Any:
        """Nothing shows them."""
        raise NotImplementedError


class CasesSent(Sent):
    """Many new cases in a product version: all of them are created, or none."""

    productversion = RecordField(lambda: ProductVersion.objects.select_related("product"))
    cases = DraftsField()
    and_later = serializers.BooleanField(required=False, default=False)
    doubles = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Take cases too whose name is in the version already; others are skipped.",
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Say what would be created, and create nothing."
    )


class EnteredSerializer(serializers.Serializer):
    """What was created, or would be."""

    created = serializers.IntegerField()
    skipped: Any = serializers.ListField(
        child=serializers.CharField(), help_text="Names that are in the version already."
    )
    new_tags: Any = serializers.ListField(child=serializers.CharField())
    new_suites: Any = serializers.ListField(child=serializers.CharField())


class AttachmentSerializer(serializers.ModelSerializer):
    """A file of a case version."""

    url = serializers.SerializerMethodField()

    class Meta:
        """What is shown."""

        model = Attachment
        fields = (
            *("id", "caseversion", "name", "size", "content_type", "digest", "url"),
            *("created_on", "created_by"),
        )

    def get_url(self, attachment: Attachment) -> str:
        """Return where the file itself is."""
        return reverse("api:attachment_content", args=[attachment.pk])


class FilesSent(serializers.Serializer):
    """Files, as a form sends them: one part “file” for each."""

    file: Any = serializers.ListField(child=serializers.FileField())
