"""What the pages of this app share."""

from django.urls import reverse_lazy

TABS = (
    ("Environments", reverse_lazy("environments:environment_list")),
    ("Profiles", reverse_lazy("environments:profile_list")),
    ("Elements", reverse_lazy("environments:element_list")),
    ("Categories", reverse_lazy("environments:category_list")),
)
