"""How the description of the API is drawn from the endpoints themselves."""

from inspect import getdoc
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin

from moztrap.core.policies import READ


class Refusal(serializers.Serializer):
    """Why something was refused."""

    detail = serializers.CharField()


_WRONG = {
    "type": "object",
    "description": "Messages by the name of the field, nested as the body is; or “detail”.",
    "properties": {"detail": {"type": "string"}},
    "additionalProperties": {},
}


class ApiSchema(AutoSchema):
    """Reads what a view declares: bodies, answers, policies, and what it says of itself."""

    def get_description(self) -> str:
        """Return what the method of the endpoint does."""
        said = getdoc(self.view.doer_of(self.method)) or ""
        policies = self.view.policies_of(self.method)
        needs = [each.replace("_", " ") for each in policies if each != READ]
        return f"{said}\n\nNeeds: {' or '.join(needs)}." if needs else said

    def get_request_serializer(self) -> Any:
        """Return what is sent."""
        body = self.view.bodies.get(self.method)
        if body is None:
            return None
        kinds = [parser.media_type for parser in self.view.parser_classes]
        return dict.fromkeys(kinds, body)

    def get_response_serializers(self) -> Any:
        """Return what comes back, refusals included."""
        status, answer = self.view.answer_of(self.method)
        writes = self.method not in ("GET", "HEAD")
        answers: dict[Any, Any] = {401: Refusal, 403: Refusal}
        if answer is bytes:
            answers[status, "application/octet-stream"] = OpenApiTypes.BINARY
        else:
            answers[status] = answer
        if writes or isinstance(self.view, ListModelMixin):
            answers[400] = _WRONG
        if "{" in self.path:
            answers[404] = Refusal
        if writes:
            answers |= {409: Refusal, 413: Refusal, 415: Refusal, 503: Refusal}
        return answers
