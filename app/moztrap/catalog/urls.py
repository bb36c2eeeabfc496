"""URLs of products and versions."""

from django.urls import path

from moztrap.catalog.views import options, products, versions

app_name = "catalog"

urlpatterns = [
    path("products/", products.product_list, name="product_list"),
    path("products/options/", options.product_options, name="product_options"),
    path("products/versions/options/", options.version_options, name="version_options"),
    path("products/new/", products.product_create, name="product_create"),
    path("products/<id:pk>/", products.product_detail, name="product"),
    path("products/<id:pk>/edit/", products.product_edit, name="product_edit"),
    path("products/<id:pk>/delete/", products.product_delete, name="product_delete"),
    path("products/<id:pk>/versions/new/", versions.version_create, name="version_create"),
    path("products/versions/", versions.version_list, name="version_list"),
    path("products/versions/<id:pk>/", versions.version_detail, name="version"),
    path("products/versions/<id:pk>/edit/", versions.version_edit, name="version_edit"),
    path("products/versions/<id:pk>/fill/", versions.version_fill, name="version_fill"),
    path("products/versions/<id:pk>/delete/", versions.version_delete, name="version_delete"),
]
