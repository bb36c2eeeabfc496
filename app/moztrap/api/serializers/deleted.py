"""What was deleted together, as the API shows it and takes it back."""

from typing import Any

from rest_framework import serializers

from moztrap.api.fields import Sent


class PartSerializer(serializers.Serializer):
    """How many records of one kind."""

    kind = serializers.CharField(help_text="Such as “library.case”.")
    count = serializers.IntegerField()


class BatchSerializer(serializers.Serializer):
    """Everything that was deleted at one moment."""

    deleted_on = serializers.DateTimeField()
    deleted_by = serializers.IntegerField(allow_null=True)
    records: Any = PartSerializer(many=True)


class RestoreSent(Sent):
    """Which moment is to be undone."""

    deleted_on = serializers.DateTimeField(help_text="As the deletion told it.")


class RestoredSerializer(serializers.Serializer):
    """What was brought back."""

    records: Any = PartSerializer(many=True)
