"""Pages of product versions."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from moztrap.catalog.actions import delete_version
from moztrap.catalog.filters import VERSIONS
from moztrap.catalog.forms import FillForm, ProductVersionForm
from moztrap.catalog.models import Product, ProductVersion
from moztrap.catalog.views.common import TABS
from moztrap.core.pages import Trail, delete_page, form_page, list_page, person, posted
from moztrap.core.policies import READ, policy_required
from moztrap.core.words import counted
from moztrap.environments.models import Environment


def _url(version: ProductVersion) -> str:
    return reverse("catalog:version", args=[version.pk])


def _trail(product: Product, *rest: tuple[str, str]) -> Trail:
    return [
        ("Products", reverse("catalog:product_list")),
        (product.name, reverse("catalog:product", args=[product.pk])),
        *rest,
    ]


@policy_required(READ)
def version_list(request: HttpRequest) -> HttpResponse:
    """List the versions of all products."""
    return list_page(
        request,
        "catalog/version_list.html",
        VERSIONS,
        ProductVersion.objects.with_counts(),
        heading="Versions",
        tabs=TABS,
        numbers=("cases",),
    )


@policy_required(READ)
def version_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version: how many cases of which status, and its environments."""
    versions = ProductVersion.objects.select_related("product", "created_by", "modified_by")
    version: ProductVersion = get_object_or_404(versions, pk=pk)
    counts = dict(
        version.caseversions.order_by().values_list("status").annotate(number=Count("pk"))
    )
    environments = Environment.objects.filter(productversions=version).with_elements()
    return render(
        request,
        "catalog/version.html",
        {
            "version": version,
            "record": version,
            "total": sum(counts.values()),
            "counts": [
                (status, counts.get(status, 0)) for status in ("active", "draft", "disabled")
            ],
            "environments": environments.order_by("name", "pk"),
            "heading": str(version),
            "trail": _trail(version.product, (version.version, "")),
        },
    )


@policy_required("manage_products")
def version_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Create a version of a product."""
    product: Product = get_object_or_404(Product.objects.all(), pk=pk)
    return form_page(
        request,
        ProductVersionForm(
            posted(request), product=product, initial={"copy_from": request.GET.get("from")}
        ),
        done=_url,
        heading=f"New version of {product}",
        trail=_trail(product, ("New version", "")),
        cancel_url=reverse("catalog:product", args=[pk]),
    )


@policy_required("manage_products")
def version_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a version."""
    versions = ProductVersion.objects.select_related("product")
    version: ProductVersion = get_object_or_404(versions, pk=pk)
    return form_page(
        request,
        ProductVersionForm(posted(request), instance=version, product=version.product),
        done=_url,
        template="core/record_form.html",
        heading=f"Edit {version}",
        trail=_trail(version.product, (version.version, _url(version)), ("Edit", "")),
        cancel_url=_url(version),
        delete_url=reverse("catalog:version_delete", args=[pk]),
    )


@policy_required("manage_products")
def version_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a version with the case versions in it."""
    version = get_object_or_404(ProductVersion.objects.with_counts(), pk=pk)
    return delete_page(
        request,
        version,
        delete=delete_version,
        done_url=reverse("catalog:product", args=[version.product_id]),
        cancel_url=_url(version),
        consequence=(
            f"What its {version.case_count:,} cases say in this version disappears with it; "
            "other versions keep theirs."
        ),
    )


@policy_required("manage_products")
def version_fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the cases that a version lacks from another one."""
    versions = ProductVersion.objects.select_related("product")
    version: ProductVersion = get_object_or_404(versions, pk=pk)
    form = FillForm(posted(request), target=version)
    if request.method == "POST" and (count := form.submit(by=person(request))) is not None:
        messages.success(request, f"Copied {counted(count, 'case')} into {version}.")
        return redirect(_url(version))
    return render(
        request,
        "core/form.html",
        {
            "form": form,
            "heading": f"Fill {version} from another version",
            "intro": "Cases that are here already are left as they are.",
            "trail": _trail(version.product, (version.version, _url(version)), ("Fill", "")),
            "submit_label": "Copy cases",
            "cancel_url": _url(version),
        },
        status=422 if form.is_bound else 200,
    )
