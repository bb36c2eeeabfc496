"""Lists: filters, sorting and paging from the address alone."""

from typing import Any

import pytest
from django.http import QueryDict

from moztrap.catalog.models import Product
from moztrap.core.listing import ChoiceFilter, Column, Listing, ListingPage, Option, TextFilter

pytestmark = pytest.mark.django_db

PRODUCTS = Listing(
    columns=(
        Column("name", "Name", ("name",)),
        Column("text", "Text", ("description", "-name"), descends_first=True),
        Column("fixed", "Fixed"),
    ),
    filters=(
        TextFilter("name", "Name"),
        TextFilter("any", "Anywhere", fields=("name", "description"), is_common=False),
        ChoiceFilter(
            "text",
            "Text",
            lookup="description",
            choices=(Option("a", "First"), Option("b", "Second")),
        ),
    ),
    default_sort="name",
)


@pytest.fixture(autouse=True)
def products(db: None) -> None:
    Product.everything.bulk_create(
        Product(name=f"Product {number:02}", description="ab"[number % 2]) for number in range(45)
    )


def page(query: str = "") -> ListingPage:
    return PRODUCTS.page(QueryDict(query), Product.objects.all())


def names(query: str) -> list[str]:
    return [product.name.removeprefix("Product ") for product in page(query).rows]


def test_it_starts_with_the_default_order_and_size() -> None:
    first = page()
    assert [p.name for p in first.rows] == [f"Product {number:02}" for number in range(20)]
    assert (first.total, len(first.rows)) == (45, 20)
    assert not first.is_filtered


def test_words_must_all_occur() -> None:
    assert names("name=product 07") == ["07"]
    assert names("name=07 08") == []
    assert names("name=07&name=08") == []


def test_a_text_filter_may_look_in_several_fields() -> None:
    assert names("any=b 07") == ["07"]
    assert names("any=a 07") == []
    assert page("any=a").further_are_used


def test_choices_of_one_filter_mean_either() -> None:
    assert page("text=a").total == 23
    assert page("text=a&text=b").total == 45


@pytest.mark.parametrize(
    "query", ["text=zz", "sort=nothing", "sort=fixed", "size=7", "page=0", "nonsense=1", "name=+"]
)
def test_what_means_nothing_is_left_out(query: str) -> None:
    assert [p.pk for p in page(query).rows] == [p.pk for p in page().rows] or query == "page=0"
    assert page(query).total == 45
    assert not page(query).chips


def test_a_page_beyond_the_end_is_the_last() -> None:
    assert names("page=99")[-1] == "44"
    assert names("page=x")[0] == "00"


def test_a_null_character_is_no_error() -> None:
    assert page("name=%0007").total == 1


@pytest.mark.parametrize(
    "query",
    [
        "name=" + "+".join(["p"] * 2000),
        "name=" + "p" * 60_000,
        "&".join(f"name=p{number}" for number in range(2000)),
        "&".join(f"any=p{number}" for number in range(2000)),
        "text=" + "9" * 60_000,
    ],
)
def test_an_endless_address_asks_for_little_work(query: str) -> None:
    shown = page(query)
    assert len(list(shown.rows)) <= 20
    assert len(shown.chips) <= 10


def test_sorting_goes_both_ways_and_never_leaves_rows_equal() -> None:
    assert names("sort=-name")[0] == "44"
    assert names("sort=text&size=50")[:2] == ["44", "42"]
    assert names("sort=-text&size=50")[:2] == ["01", "03"]


def test_headings_say_where_a_click_leads() -> None:
    name, text, fixed = page("sort=name&size=50&page=2&name=p").headings
    assert (name.direction, name.url) == ("ascending", "?name=p&size=50&sort=-name")
    assert (text.direction, text.url) == ("none", "?name=p&size=50&sort=-text")
    assert fixed.url == ""


def test_chips_take_one_filter_away_and_start_over() -> None:
    chips = page("name=p&text=a&text=b&page=2&sort=-name").chips
    assert [(c.label, c.value) for c in chips] == [
        ("Name", "p"),
        ("Text", "First"),
        ("Text", "Second"),
    ]
    assert chips[1].url == "?name=p&text=b&sort=-name"


def test_filtering_keeps_sort_and_size() -> None:
    assert page("sort=-name&size=50&page=1&name=p").kept == [("sort", "-name"), ("size", "50")]


def test_sizes_link_to_the_first_page() -> None:
    sizes = page("page=2&size=10").sizes
    assert [(s.size, s.current) for s in sizes] == [
        (10, True),
        (20, False),
        (50, False),
        (100, False),
    ]
    assert sizes[2].url == "?size=50"


def test_a_page_costs_three_queries(django_assert_num_queries: Any) -> None:
    for query in ("size=10", "size=100&name=product&text=a&text=b"):
        # count 1, ids of the page 1, rows of the page 1
        with django_assert_num_queries(3):
            list(page(query).rows)
