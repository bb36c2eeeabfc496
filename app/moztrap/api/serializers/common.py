"""What several endpoints answer."""

from rest_framework import serializers

from moztrap.accounts.models import User


class DeletedSerializer(serializers.Serializer):
    """What a deletion took, and the moment by which it comes back."""

    deleted = serializers.IntegerField(help_text="How many records, with what belongs to it.")
    deleted_on = serializers.DateTimeField(allow_null=True)


class CountSerializer(serializers.Serializer):
    """How many records something concerned."""

    count = serializers.IntegerField()


class UserSerializer(serializers.ModelSerializer):
    """A person: a name, and nothing else."""

    class Meta:
        """What is shown."""

        model = User
        fields = ("id", "username")
