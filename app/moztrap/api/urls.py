"""URLs of the pages where people make tokens."""

from django.urls import path

from moztrap.api.views import tokens

app_name = "tokens"

urlpatterns = [
    path("accounts/tokens/", tokens.token_list, name="token_list"),
    path("accounts/tokens/<id:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
]
