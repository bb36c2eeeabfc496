"""The tokens of people's programs."""

from moztrap.api.models.token import ApiToken, Scope

__all__ = ["ApiToken", "Scope"]
