"""Who may use an endpoint: the policies of the pages, narrowed by the scope of the token."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission

from moztrap.api.models import ApiToken, Scope
from moztrap.core.policies import LOGGED_IN, READ, may


class PolicyPermission(BasePermission):
    """Asks `moztrap.core.policies`; each view names ``read_policy`` and ``write_policy``."""

    message = "This needs a permission that you do not have, or a token of a wider scope."

    def has_permission(self, request: Any, view: Any) -> bool:
        """Tell whether whoever asks may."""
        if request.method in SAFE_METHODS:
            policy = view.read_policy
            anonymous = settings.ALLOW_ANONYMOUS_ACCESS and policy == READ
            return bool(anonymous or may(request.user, policy))
        if not view.write_policy:
            # Nobody may write here; who has a token is told that there is no such method.
            return may(request.user, LOGGED_IN)
        return may(request.user, view.write_policy) and self._scope_allows(request, view)

    @staticmethod
    def _scope_allows(request: Any, view: Any) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken) or token.scope == Scope.READ:
            return False
        return token.scope == Scope.WRITE or view.write_policy == "execute"
