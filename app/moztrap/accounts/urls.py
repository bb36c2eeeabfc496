"""Pages about people."""

from django.urls import path

from moztrap.accounts.views import people, profile

app_name = "accounts"

urlpatterns = [
    path("users/", people.user_list, name="user_list"),
    path("accounts/profile/", profile.profile, name="profile"),
    path("users/<id:pk>/", people.user_edit, name="user_edit"),
]
