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


_VERBS = {"make": "create", "change": "update", "remove": "delete", "act": ""}


class ApiSchema(AutoSchema):
    """Reads what a view declares: bodies, answers, policies, and what it says of itself."""

    def get_operation_id(self) -> str:
        """Return the name of the method in clients that are generated: place and verb."""
        verb = self.view.doers.get(self.method)
        if verb is None:
            name: str = super().get_operation_id()
            return name
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        verb = _VERBS.get(verb, verb)
        return "_".join(words if verb in ("", words[-1]) else [*words, verb])

    def get_description(self) -> str:
        """Return what the method of the endpoint does."""
        said = getdoc(self.view.doer_of(self.method)) or ""
        policies = self.view.policies_of(self.method)
        needs = [each.replace("_", " ") for each in policies if each != READ]
        return f"{said}\n\nNeeds: {' or '.join(needs)}." if needs else said

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return the token; reading needs none where a site allows anonymous access."""
        token: list[dict[str, list[str]]] = [{"token": []}]
        return [*token, {}] if READ in self.view.policies_of(self.method) else token

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
        answers: dict[Any, Any] = {}
        if answer is bytes:
            answers[status, "application/octet-stream"] = OpenApiTypes.BINARY
        else:
            answers[status] = answer
        writes = self.method not in ("GET", "HEAD")
        if writes or isinstance(self.view, ListModelMixin):
            answers[400] = _WRONG
        answers |= {401: Refusal, 403: Refusal}
        if "{" in self.path:
            answers[404] = Refusal
        if writes:
            answers[409] = Refusal
        if self.method in self.view.bodies:
            answers |= {413: Refusal, 415: Refusal}
        return answers | {503: Refusal}
