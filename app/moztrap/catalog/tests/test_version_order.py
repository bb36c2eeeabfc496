"""The order of versions."""

from moztrap.catalog.version_order import version_key


def test_versions_sort_as_people_count() -> None:
    ordered = [
        "master",
        "1.9",
        "2dev1",
        "2.0a3",
        "2.0b1",
        "2.0rc1",
        "2.0",
        "2.0.1",
        "v2.1",
        "2.2",
        "2.11",
        "11",
    ]
    # "2dev1" announces 2, which is older than 2.0.
    assert sorted(sorted(ordered), key=version_key) == ordered


def test_any_text_has_a_place() -> None:
    for text in ("", "…", "Aries (2)", "٣"):
        assert version_key(text)
