"""Who may use an endpoint: the policies of the pages, narrowed by the scope of the token."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission

from moztrap.accounts.backends import load_permissions
from moztrap.api.models import ApiToken, Scope
from moztrap.core.policies import LOGGED_IN, READ, may


class PolicyPermission(BasePermission):
    """Asks `moztrap.core.policies`; each view names a policy, or several, for each method."""

    message = "This needs a permission that you do not have, or a token of a wider scope."

    def has_permission(self, request: Any, view: Any) -> bool:
        """Tell whether whoever asks may."""
        policies = view.policies_of(request.method)
        if request.user.is_authenticated and not {READ, LOGGED_IN}.issuperset(policies):
            load_permissions(request.user)
        if request.method in SAFE_METHODS:
            anonymous = settings.ALLOW_ANONYMOUS_ACCESS and READ in policies
            return bool(anonymous or any(may(request.user, each) for each in policies))
        if not policies:
            # Nobody may do this here; who has a token is told that there is no such method.
            return may(request.user, LOGGED_IN)
        return self._scope_allows(request.auth, policies) and any(
            may(request.user, each) for each in policies
        )

    @staticmethod
    def _scope_allows(token: Any, policies: tuple[str, ...]) -> bool:
        if not isinstance(token, ApiToken) or token.scope == Scope.READ:
            return False
        return token.scope == Scope.WRITE or policies == ("execute",)
