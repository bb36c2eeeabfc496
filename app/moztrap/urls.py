"""Every URL of the site."""

from django.urls import include, path

from moztrap.core.views import filters, health, home

handler400 = "moztrap.core.views.errors.bad_request"
handler403 = "moztrap.core.views.errors.forbidden"
handler404 = "moztrap.core.views.errors.not_found"
handler429 = "moztrap.core.views.errors.too_many"
handler500 = "moztrap.core.views.errors.server_error"

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", include("moztrap.api.rest")),
    path("", include("moztrap.api.urls")),
    path("filters/pin/", filters.filter_pin, name="filter_pin"),
    path("filters/save/", filters.filter_save, name="filter_save"),
    path("accounts/", include("moztrap.accounts.account_urls")),
    path("", include("moztrap.accounts.urls")),
    path("", include("moztrap.catalog.urls")),
    path("", include("moztrap.library.urls")),
    path("", include("moztrap.environments.urls")),
    path("", include("moztrap.execution.urls")),
    path("", include("moztrap.reports.urls")),
]
