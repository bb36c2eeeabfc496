"""Runs, cells and results, as the API shows them."""

from typing import Any

from rest_framework import serializers

from moztrap.execution.models import Cell, Result, Run, RunCaseVersion, StepResult


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
            "cc_version",
        )

    def get_suites(self, run: Run) -> list[int]:
        """Return the suites in the order in which they are run."""
        return [place.suite_id for place in run.runsuites.all()]


class RunPlanSerializer(serializers.Serializer):
    """What is written about a run; what is left out of a change stays as it is."""

    productversion = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, max_length=65_535)
    start = serializers.DateField(required=False)
    end = serializers.DateField(required=False, allow_null=True)
    build = serializers.CharField(required=False, allow_blank=True, max_length=100)
    is_series = serializers.BooleanField(required=False)
    suites: Any = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=500
    )
    environments: Any = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=1000
    )
    cc_version = serializers.IntegerField(required=False, min_value=0)


class BuildSerializer(serializers.Serializer):
    """A build of a series."""

    build = serializers.CharField(max_length=100)


class RunCaseVersionSerializer(serializers.ModelSerializer):
    """A case version in the snapshot of a run."""

    class Meta:
        """What is shown."""

        model = RunCaseVersion
        fields = ("id", "run", "caseversion", "order", "withdrawn_on")


class CellSerializer(serializers.ModelSerializer):
    """A case of a run in one environment, and what stands there."""

    case = serializers.IntegerField(source="runcaseversion.caseversion.case_id")

    class Meta:
        """What is shown."""

        model = Cell
        fields = (
            *("id", "run", "runcaseversion", "case", "environment", "is_withdrawn", "status"),
            *("result", "assignee"),
        )


class StepResultSerializer(serializers.ModelSerializer):
    """What came of a step."""

    class Meta:
        """What is shown."""

        model = StepResult
        fields = ("number", "status", "instruction")


class ResultSerializer(serializers.ModelSerializer):
    """A result."""

    case = serializers.IntegerField(source="cell.runcaseversion.caseversion.case_id")
    environment = serializers.IntegerField(source="cell.environment_id", allow_null=True)
    is_newest = serializers.SerializerMethodField()
    steps = StepResultSerializer(many=True)
    bug = serializers.CharField(source="bug_url")

    class Meta:
        """What is shown."""

        model = Result
        fields = (
            *("id", "run", "cell", "case", "environment", "tester", "created_on", "status"),
            *("comment", "bug", "duration", "is_newest", "steps", "review"),
        )

    def get_is_newest(self, result: Result) -> bool:
        """Tell whether its tester has recorded nothing newer in its cell."""
        return bool(result.latest)


class StepVerdictSerializer(serializers.Serializer):
    """What came of a step."""

    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["passed", "failed", "blocked", "invalid", "skipped"])


class VerdictSerializer(serializers.Serializer):
    """What was found in one case and environment; ``environment`` is left out for anywhere."""

    case = serializers.IntegerField()
    environment = serializers.IntegerField(required=False, allow_null=True)
    status = serializers.ChoiceField(
        choices=["passed", "failed", "blocked", "invalid", "skipped", "restarted"]
    )
    comment = serializers.CharField(required=False, allow_blank=True)
    bug = serializers.URLField(required=False, allow_blank=True)
    duration = serializers.IntegerField(required=False, allow_null=True)
    steps = StepVerdictSerializer(many=True, required=False)


class VerdictsSerializer(serializers.Serializer):
    """What was found in a run; all of it is recorded, or nothing."""

    results = VerdictSerializer(many=True)


class RecordedSerializer(serializers.Serializer):
    """How many results were recorded, and how far the run is."""

    recorded = serializers.IntegerField()
    progress = ProgressSerializer()
