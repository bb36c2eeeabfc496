"""Markdown: what people write, made safe."""

from html.parser import HTMLParser

import pytest

from moztrap.core.markdown import plain_text, render_markdown


class Seen(HTMLParser):
    """The tags and attributes of a page, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def test_it_renders_what_testers_write() -> None:
    html = render_markdown("# Before\n\n1. Open *it*\n\n| a | b |\n|---|---|\n| 1 | ~~2~~ |\n")
    for piece in ("<h3>Before</h3>", "<ol>", "<em>it</em>", "<table>", "<s>2</s>"):
        assert piece in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.test/pixel.png)",
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "[click](vbscript:x)",
        '[x](https://a.test "onmouseover=alert(1)")',
        "<a href='javascript:alert(1)'>x</a>",
        "<svg/onload=alert(1)>",
        "<style>body{display:none}</style>",
        "<iframe src=https://evil.test></iframe>",
        '<https://a.test/" onclick=alert(1)>',
    ],
)
def test_nothing_runs(text: str) -> None:
    seen = Seen()
    seen.feed(render_markdown(text))
    assert seen.tags <= {"p", "a"}
    for name, value in seen.attributes:
        assert name in ("href", "title", "rel")
        assert name != "href" or str(value).startswith("https://")


def test_links_tell_nobody_where_they_come_from() -> None:
    assert 'rel="nofollow noopener noreferrer"' in render_markdown("[x](https://a.test)")


def test_nothing_gives_nothing() -> None:
    assert render_markdown("") == ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("**Hot** and _cold_.", "Hot and cold."),
        ("# Before\n\n1. Open *it*\n2. Close `it`", "Before Open it Close it"),
        ("[the plan](https://plan.test) ~~old~~", "the plan old"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("one\ntwo", "one two"),
        ("1 < 2 & <b>bold</b>", "1 < 2 & <b>bold</b>"),
    ],
)
def test_plain_text_is_what_a_reader_sees(text: str, plain: str) -> None:
    assert plain_text(text) == plain
