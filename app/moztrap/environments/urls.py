"""URLs of environments, elements, categories and profiles."""

from django.urls import path

from moztrap.environments.views import categories, elements, environments, profiles

app_name = "environments"

urlpatterns = [
    path("environments/", environments.environment_list, name="environment_list"),
    path("environments/new/", environments.environment_create, name="environment_create"),
    path("environments/<id:pk>/edit/", environments.environment_edit, name="environment_edit"),
    path(
        "environments/<id:pk>/delete/",
        environments.environment_delete,
        name="environment_delete",
    ),
    path("environments/elements/", elements.element_list, name="element_list"),
    path("environments/elements/new/", elements.element_create, name="element_create"),
    path("environments/elements/<id:pk>/edit/", elements.element_edit, name="element_edit"),
    path("environments/elements/<id:pk>/delete/", elements.element_delete, name="element_delete"),
    path("environments/profiles/", profiles.profile_list, name="profile_list"),
    path("environments/profiles/new/", profiles.profile_create, name="profile_create"),
    path("environments/profiles/<id:pk>/", profiles.profile_detail, name="profile"),
    path("environments/profiles/<id:pk>/edit/", profiles.profile_edit, name="profile_edit"),
    path("environments/profiles/<id:pk>/add/", profiles.profile_extend, name="profile_extend"),
    path("environments/profiles/<id:pk>/prune/", profiles.profile_prune, name="profile_prune"),
    path("environments/profiles/<id:pk>/delete/", profiles.profile_delete, name="profile_delete"),
    path("environments/categories/", categories.category_list, name="category_list"),
    path("environments/categories/new/", categories.category_create, name="category_create"),
    path("environments/categories/<id:pk>/edit/", categories.category_edit, name="category_edit"),
    path(
        "environments/categories/<id:pk>/delete/",
        categories.category_delete,
        name="category_delete",
    ),
]
