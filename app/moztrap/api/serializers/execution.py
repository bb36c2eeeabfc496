"""Runs and what is in them, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from moztrap.accounts.models import User
from moztrap.api.fields import Change, IdsField, RecordField, RecordsField, Sent, Text
from moztrap.catalog.models import ProductVersion
from moztrap.environments.models import Environment
from moztrap.execution.models import Cell, Run, RunCaseVersion, RunStatus
from moztrap.library.models import Suite

_MOST_CASES = 5000
CLOSED_AS = [
    (RunStatus.DISABLED.value, RunStatus.DISABLED.label),
    (RunStatus.DRAFT.value, RunStatus.DRAFT.label),
]


class ProgressSerializer(serializers.Serializer):
    """How far something is: numbers of cells by status, and completion in percent."""

    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    blocked = serializers.IntegerField()
    invalid = serializers.IntegerField()
    skipped = serializers.IntegerField()
    pending = serializers.IntegerField()
    total = serializers.IntegerField()
    percent = serializers.IntegerField()


class RunSerializer(serializers.ModelSerializer):
    """A run."""

    progress = ProgressSerializer()
    suites = serializers.SerializerMethodField()

    class Meta:
        """What is shown."""

        model = Run
        fields = (
            *("id", "productversion", "name", "description", "status", "start", "end", "build"),
            *("is_series", "series", "suites", "environments", "refreshed_on", "progress"),
            *("cc_version", "created_on", "modified_on"),
        )

    def get_suites(self, run: Run) -> list[int]:
        """Return the suites in the order in which they are run."""
        return [place.suite_id for place in run.runsuites.all()]


class _RunFields(Sent):
    name = serializers.CharField(max_length=200)
    description = Text()
    start = serializers.DateField(required=False)
    end = serializers.DateField(required=False, allow_null=True)
    build = serializers.CharField(required=False, allow_blank=True, max_length=100)
    is_series = serializers.BooleanField(required=False)
    suites: Any = RecordsField(
        lambda: Suite.objects.select_related("product"),
        required=False,
        max_length=500,
        help_text="In the order in which they are run.",
    )
    environments: Any = RecordsField(
        lambda: Environment.objects.all(),
        required=False,
        help_text="Of those of the product version; a new run has all of these unless named.",
    )


class RunSent(_RunFields):
    """A new run."""

    productversion = RecordField(lambda: ProductVersion.objects.select_related("product"))


class RunChange(Change, _RunFields):
    """What is to be changed of a run; it keeps its product version."""


class DeactivateSent(Sent):
    """What a run becomes that is closed."""

    to = serializers.ChoiceField(
        choices=CLOSED_AS,
        required=False,
        default=RunStatus.DISABLED.value,
    )


class BuildSent(Sent):
    """A build of a series."""

    build = serializers.CharField(max_length=100)


class AssignSent(Sent):
    """Which cells go to whom: all of the run, or those that are in all that is named."""

    tester = RecordField(
        lambda: User.objects.filter(is_active=True), allow_null=True, help_text="null: nobody."
    )
    environments: Any = IdsField(required=False, allow_empty=False, max_length=1000)
    cases: Any = IdsField(required=False, allow_empty=False, max_length=_MOST_CASES)
    suite = RecordField(lambda: Suite.everything.all(), required=False, allow_null=True)
    only_free = serializers.BooleanField(
        required=False, default=True, help_text="Leave alone what somebody has already."
    )
    only_pending = serializers.BooleanField(
        required=False, default=True, help_text="Leave alone what is decided or skipped."
    )


class RunCaseVersionSerializer(serializers.ModelSerializer):
    """A case version in the snapshot of a run."""

    case = serializers.IntegerField(source="caseversion.case_id")
    name = serializers.CharField(source="caseversion.name")

    class Meta:
        """What is shown."""

        model = RunCaseVersion
        fields = ("id", "run", "caseversion", "case", "name", "order", "withdrawn_on")


class CellSerializer(serializers.ModelSerializer):
    """A case of a run in one environment, and what stands there."""

    case = serializers.IntegerField(source="runcaseversion.caseversion.case_id")

    class Meta:
        """What is shown."""

        model = Cell
        fields = (
            *("id", "run", "runcaseversion", "case", "environment", "is_withdrawn", "status"),
            *("result", "tester", "assignee"),
        )
