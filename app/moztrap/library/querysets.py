"""Reads of cases, their versions, suites and tags, as sentences."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from moztrap.catalog.querysets import count_of
from moztrap.core.conditions import any_of
from moztrap.core.models import RecordQuerySet


class CaseQuerySet(RecordQuerySet):
    """Reads of cases."""


class CaseVersionQuerySet(RecordQuerySet):
    """Reads of case versions."""

    def newest_of_each_case(self) -> Self:
        """Keep one version of each case: that of its newest product version."""
        return self.filter(latest=True)

    def for_list(self) -> Self:
        """Load what a row of a list shows (1 more query, for the tags)."""
        return self.select_related("case__product", "productversion").prefetch_related(
            Prefetch("tags", queryset=_tags())
        )

    def for_page(self) -> Self:
        """Load what the page of one case shows (6 more queries)."""
        from moztrap.environments.models import Environment
        from moztrap.library.models import Attachment, Suite

        return self.select_related(
            "case__product", "productversion__product", "created_by", "modified_by"
        ).prefetch_related(
            "steps",
            Prefetch("tags", queryset=_tags()),
            Prefetch("environments", queryset=Environment.objects.with_elements()),
            Prefetch("attachments", queryset=Attachment.objects.order_by("name", "pk")),
            Prefetch("case__suites", queryset=Suite.objects.order_by("name")),
        )

    def for_testers(self) -> Self:
        """Load what a tester reads of each case (3 more queries).

        `notes` are its tags with a description, which is read before the case.
        """
        from moztrap.library.models import Attachment

        return self.select_related("case").prefetch_related(
            "steps",
            Prefetch("tags", queryset=_tags().exclude(description=""), to_attr="notes"),
            Prefetch("attachments", queryset=Attachment.objects.order_by("name", "pk")),
        )

    def tagged(self, *names: str) -> Self:
        """Keep those with a tag of one of these names; ``*`` stands for letters at either end."""
        from moztrap.library.models import CaseVersion, Tag

        tags = Tag.objects.filter(any_of(names, _tag_named))
        link: Any = CaseVersion.tags.through
        links = link.objects.filter(caseversion=OuterRef("pk"), tag__in=tags.values("pk"))
        return self.filter(Exists(links))

    def in_environment_with(self, *elements: str) -> Self:
        """Keep those that run where an element has a name that contains one of these."""
        from moztrap.environments.models import Environment
        from moztrap.library.models import CaseVersion

        environments = Environment.objects.filter(
            any_of(elements, lambda name: Q(elements__name__icontains=name))
        )
        link: Any = CaseVersion.environments.through
        links = link.objects.filter(
            caseversion=OuterRef("pk"), environment__in=environments.values("pk")
        )
        return self.filter(Exists(links))

    def with_step_text(self, *texts: str) -> Self:
        """Keep those with a step whose instruction or expected result contains one of these."""
        from moztrap.library.models import CaseStep

        steps = CaseStep.objects.filter(
            any_of(
                texts, lambda text: Q(instruction__icontains=text) | Q(expected__icontains=text)
            ),
            caseversion=OuterRef("pk"),
        )
        return self.filter(Exists(steps))

    def in_suite_named(self, *names: str) -> Self:
        """Keep those whose case is in a suite whose name contains one of these."""
        from moztrap.library.models import Suite, SuiteCase

        suites = Suite.objects.filter(any_of(names, lambda name: Q(name__icontains=name)))
        places = SuiteCase.objects.filter(case=OuterRef("case"), suite__in=suites.values("pk"))
        return self.filter(Exists(places))

    def outside_suite(self, suite_id: int) -> Self:
        """Keep those whose case is not in a suite."""
        from moztrap.library.models import SuiteCase

        places = SuiteCase.objects.filter(case=OuterRef("case"), suite=suite_id)
        return self.filter(~Exists(places))

    def with_shown_id(self, *texts: str) -> Self:
        """Keep those whose id is one of these: number, prefix, or prefix and number."""
        return self.filter(any_of(texts, _with_shown_id))

    def with_wrong_latest(self) -> Self:
        """Keep the live rows whose ``latest`` is not what the product versions say."""
        from moztrap.library.models import CaseVersion

        newer = CaseVersion.objects.filter(
            case=OuterRef("case"), productversion__order__gt=OuterRef("productversion__order")
        )
        return self.annotate(is_outdone=Exists(newer)).filter(
            Q(is_outdone=True, latest=True) | Q(is_outdone=False, latest=False)
        )


class AttachmentQuerySet(RecordQuerySet):
    """Reads of attachments."""

    def servable(self) -> Self:
        """Keep those whose case version nobody deleted."""
        return self.live().filter(caseversion__deleted_on__isnull=True)


class SuiteQuerySet(RecordQuerySet):
    """Reads of suites."""

    def for_list(self) -> Self:
        """Load each suite's product and count its live cases."""
        from moztrap.library.models import SuiteCase

        return self.select_related("product").annotate(
            case_count=count_of(SuiteCase.objects.live(), "suite")
        )

    def holding_case(self, *texts: str) -> Self:
        """Keep those with a case of one of these ids: number, prefix, or prefix and number."""
        from moztrap.library.models import CaseVersion, SuiteCase

        cases = CaseVersion.objects.newest_of_each_case().with_shown_id(*texts)
        places = SuiteCase.objects.filter(suite=OuterRef("pk"), case__in=cases.values("case"))
        return self.filter(Exists(places))


class SuiteCaseQuerySet(models.QuerySet[Any]):
    """Reads of the places of cases in suites."""

    def for_list(self) -> Self:
        """Load each case with its newest version (1 more query)."""
        from moztrap.library.models import CaseVersion

        newest = CaseVersion.objects.newest_of_each_case().select_related("productversion")
        return self.select_related("case").prefetch_related(
            Prefetch("case__versions", queryset=newest, to_attr="newest")
        )

    def live(self) -> Self:
        """Keep the places of cases that nobody deleted."""
        return self.filter(case__deleted_on__isnull=True)


class TagQuerySet(RecordQuerySet):
    """Reads of tags."""

    def usable_in(self, product_id: int) -> Self:
        """Keep the tags that cases of a product may have: its own and the global ones."""
        return self.filter(Q(product_id=product_id) | Q(product__isnull=True))

    def for_list(self) -> Self:
        """Load each tag's product and count the cases that have it."""
        from moztrap.library.models import CaseVersion

        link: Any = CaseVersion.tags.through
        links = link.objects.filter(caseversion__latest=True, caseversion__deleted_on__isnull=True)
        return self.select_related("product").annotate(case_count=count_of(links, "tag"))


def _tag_named(name: str) -> Q:
    lookups = {
        (False, False): "iexact",
        (True, False): "iendswith",
        (False, True): "istartswith",
        (True, True): "icontains",
    }
    lookup = lookups[name.startswith("*"), name.endswith("*")]
    return Q(**{f"name__{lookup}": name.strip("*")})


def _with_shown_id(text: str) -> Q:
    prefix, dash, number = text.rpartition("-")
    if text.isdecimal():
        return Q(case_id=text[:18])
    if dash and number.isdecimal():
        return Q(case__idprefix__iexact=prefix, case_id=number[:18])
    return Q(case__idprefix__iexact=text)


def _tags() -> "TagQuerySet":
    from moztrap.library.models import Tag

    tags: TagQuerySet = Tag.objects.order_by("name")
    return tags
