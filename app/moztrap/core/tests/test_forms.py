"""Forms of records: what they keep when two people edit at once."""

import pytest
from django.http import QueryDict

from moztrap.accounts.models import User
from moztrap.catalog.models import Product
from moztrap.core.actions import create_record, delete_record, update_record
from moztrap.core.forms import RecordForm


class ProductForm(RecordForm):
    class Meta:
        model = Product
        fields = ("name", "description")


@pytest.fixture
def product(manager: User) -> Product:
    return create_record(Product, by=manager, name="Toaster")


def posted(**values: object) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update({name: str(value) for name, value in values.items()})
    return data


def test_it_creates_and_edits(manager: User, db: None) -> None:
    product = ProductForm(posted(name="Toaster")).submit(by=manager)
    assert (product.name, product.created_by) == ("Toaster", manager)
    form = ProductForm(posted(name="Kettle", cc_version=0), instance=product)
    assert form.submit(by=manager).name == "Kettle"


def test_it_keeps_what_was_typed_and_saves_the_second_time(product: Product, manager: User) -> None:
    mine = Product.objects.get()
    update_record(product, by=manager, name="Kettle")
    form = ProductForm(posted(name="Oven", cc_version=0), instance=mine)
    assert form.submit(by=manager) is None
    html = form.as_p()
    assert "Someone else saved this product" in html
    assert 'value="Oven"' in html
    assert Product.objects.get().name == "Kettle"
    again = ProductForm(form.data, instance=Product.objects.get())
    assert again.submit(by=manager).name == "Oven"


def test_it_says_when_somebody_deleted_the_record(product: Product, manager: User) -> None:
    mine = Product.objects.get()
    delete_record(product, by=manager)
    form = ProductForm(posted(name="Oven", cc_version=0), instance=mine)
    assert form.submit(by=manager) is None
    assert "Someone else deleted this product meanwhile." in form.non_field_errors()


def test_a_duplicate_is_an_error_of_the_form(product: Product, manager: User) -> None:
    form = ProductForm(posted(name="Toaster"))
    assert form.submit(by=manager) is None
    assert "There is a product of this name already." in str(form.errors)


def test_an_edit_without_its_version_is_refused(product: Product, manager: User) -> None:
    form = ProductForm(posted(name="Oven"), instance=product)
    assert form.submit(by=manager) is None
    assert Product.objects.get().name == "Toaster"
