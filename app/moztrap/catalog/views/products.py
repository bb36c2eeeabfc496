"""Pages of products."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from moztrap.catalog.actions import delete_product
from moztrap.catalog.filters import PRODUCTS
from moztrap.catalog.forms import ProductForm
from moztrap.catalog.models import Product, ProductVersion
from moztrap.catalog.views.common import TABS
from moztrap.core.pages import delete_page, form_page, list_page, posted
from moztrap.core.policies import READ, may, policy_required


def _list_url() -> str:
    return reverse("catalog:product_list")


def _url(product: Product) -> str:
    return reverse("catalog:product", args=[product.pk])


@policy_required(READ)
def product_list(request: HttpRequest) -> HttpResponse:
    """List products."""
    is_manager = may(request.user, "manage_products")
    return list_page(
        request,
        "catalog/product_list.html",
        PRODUCTS,
        Product.objects.with_counts(),
        heading="Products",
        tabs=TABS,
        numbers=("versions", "cases"),
        create_url=reverse("catalog:product_create") if is_manager else "",
        create_label="New product",
    )


@policy_required(READ)
def product_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a product and its versions."""
    products = Product.objects.with_counts().select_related("created_by", "modified_by")
    product = get_object_or_404(products, pk=pk)
    versions = ProductVersion.objects.filter(product=product).with_counts().order_by("-order")
    return render(
        request,
        "catalog/product.html",
        {
            "product": product,
            "record": product,
            "versions": versions,
            "heading": product.name,
            "trail": [("Products", _list_url()), (product.name, "")],
        },
    )


@policy_required("manage_products")
def product_create(request: HttpRequest) -> HttpResponse:
    """Create a product."""
    return form_page(
        request,
        ProductForm(posted(request)),
        done=_url,
        heading="New product",
        trail=[("Products", _list_url()), ("New", "")],
        cancel_url=_list_url(),
    )


@policy_required("manage_products")
def product_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a product."""
    product: Product = get_object_or_404(Product.objects.all(), pk=pk)
    return form_page(
        request,
        ProductForm(posted(request), instance=product),
        done=_url,
        template="core/record_form.html",
        heading=f"Edit {product}",
        trail=[("Products", _list_url()), (product.name, _url(product)), ("Edit", "")],
        cancel_url=_url(product),
        delete_url=reverse("catalog:product_delete", args=[pk]),
    )


@policy_required("manage_products")
def product_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a product with all that belongs to it."""
    product = get_object_or_404(Product.objects.with_counts(), pk=pk)
    return delete_page(
        request,
        product,
        delete=delete_product,
        done_url=_list_url(),
        cancel_url=_url(product),
        consequence=(
            f"Its {product.version_count:,} versions, {product.case_count:,} cases and all its "
            "tags disappear with it from every list."
        ),
    )
