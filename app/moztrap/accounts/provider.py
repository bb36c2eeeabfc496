"""The provider of OpenID Connect, where django-allauth looks for providers."""

from moztrap.accounts.oidc.exchange import SiteProvider

provider_classes = [SiteProvider]
