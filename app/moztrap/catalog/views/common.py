"""What the pages of this app share."""

from django.urls import reverse_lazy

TABS = (
    ("Products", reverse_lazy("catalog:product_list")),
    ("Versions", reverse_lazy("catalog:version_list")),
)
