"""The links in the header, for those who may go there."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from moztrap.core.policies import READ, may


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    label: str
    url_name: str
    permission: str = READ


@dataclass(frozen=True)
class Link:
    """A place as the header shows it."""

    label: str
    url: str
    current: bool


PLACES = (
    Place("Run tests", "execution:open_runs", "execute"),
    Place("Runs", "execution:run_list"),
    Place("Products", "catalog:product_list"),
    Place("Cases", "library:case_list"),
    Place("Suites", "library:suite_list"),
    Place("Tags", "library:tag_list"),
    Place("Environments", "environments:environment_list"),
    Place("Users", "accounts:user_list", "manage_users"),
)


def navigation_for(request: HttpRequest) -> list[Link]:
    """The links for whoever asks."""
    user = getattr(request, "user", None)
    if user is None:
        return []
    links = []
    for place in PLACES:
        anonymous_reader = settings.ALLOW_ANONYMOUS_ACCESS and place.permission == READ
        if not (anonymous_reader or may(user, place.permission)):
            continue
        url = reverse(place.url_name)
        links.append(Link(place.label, url, request.path.startswith(url)))
    return links
