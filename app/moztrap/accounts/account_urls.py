"""Registration, login and passwords: the views of django-allauth that this site uses."""

from allauth.account import views
from django.urls import path, re_path

from moztrap.accounts.closed import own_password, passwords_of_everybody
from moztrap.accounts.limits import limited
from moztrap.accounts.views.passwords import (
    ConfirmEmailView,
    LoginView,
    PasswordChangeView,
    PasswordResetFromKeyView,
    PasswordResetView,
)
from moztrap.accounts.views.provider import LogoutView, begin, callback
from moztrap.accounts.views.signup import SignupView

urlpatterns = [
    path("login/", limited("login-address")(LoginView.as_view()), name="account_login"),
    path("logout/", LogoutView.as_view(), name="account_logout"),
    path("oidc/login/", limited("login-address")(begin), name="provider_login"),
    path("oidc/callback/", callback, name="provider_callback"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path(
        "signup/",
        passwords_of_everybody(limited("signup-address")(SignupView.as_view())),
        name="account_signup",
    ),
    path(
        "reauthenticate/",
        own_password(limited("password-user")(views.reauthenticate)),
        name="account_reauthenticate",
    ),
    path(
        "confirm-email/",
        views.email_verification_sent,
        name="account_email_verification_sent",
    ),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$",
        ConfirmEmailView.as_view(),
        name="account_confirm_email",
    ),
    path(
        "password/change/",
        own_password(limited("password-user")(PasswordChangeView.as_view())),
        name="account_change_password",
    ),
    path(
        "password/reset/",
        passwords_of_everybody(limited("reset-address")(PasswordResetView.as_view())),
        name="account_reset_password",
    ),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        passwords_of_everybody(PasswordResetFromKeyView.as_view()),
        name="account_reset_password_from_key",
    ),
]
