"""Results, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from moztrap.api.fields import IdsField, Sent, Text
from moztrap.api.serializers.execution import ProgressSerializer
from moztrap.execution.models import Result, ResultStatus, StepResult

MOST_REVIEWED = 1000
_LONGEST_REVIEW = 2000
STEP_STATUSES = [
    (each.value, each.label) for each in ResultStatus if each != ResultStatus.RESTARTED
]


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
            *("comment", "bug", "duration", "is_newest", "steps", "review", "reviewed_on"),
            *("reviewed_by", "review_comment"),
        )

    def get_is_newest(self, result: Result) -> bool:
        """Tell whether its tester has recorded nothing newer in its cell."""
        return bool(result.latest)


class StepVerdictSent(Sent):
    """What came of a step."""

    number = serializers.IntegerField(min_value=0, max_value=9999)
    status = serializers.ChoiceField(choices=STEP_STATUSES)


class VerdictSent(Sent):
    """What was found in one case and environment; ``environment`` is left out for anywhere."""

    case = serializers.IntegerField()
    environment = serializers.IntegerField(required=False, allow_null=True)
    status = serializers.ChoiceField(choices=ResultStatus.choices)
    comment = Text(help_text="Markdown. Failed, blocked and invalid need one.")
    bug = serializers.URLField(required=False, allow_blank=True, max_length=500)
    duration = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, help_text="Seconds."
    )
    steps: Any = StepVerdictSent(many=True, required=False, max_length=250)


class VerdictsSent(Sent):
    """What was found in a run: all of it is recorded, or nothing."""

    # `moztrap.api.verdicts` reads it: this describes what is read.

    results: Any = VerdictSent(many=True, max_length=5000)


class RecordedSerializer(serializers.Serializer):
    """How many results were recorded, and how far the run is."""

    recorded = serializers.IntegerField()
    progress = ProgressSerializer()


class ReviewSent(Sent):
    """Results that a second person has looked at."""

    results: Any = IdsField(allow_empty=False, max_length=MOST_REVIEWED)
    comment = Text(max_length=_LONGEST_REVIEW)


class SendBackSent(Sent):
    """Results that must be tested again, and why."""

    results: Any = IdsField(allow_empty=False, max_length=MOST_REVIEWED)
    comment = Text(max_length=_LONGEST_REVIEW, allow_blank=False, required=True)
