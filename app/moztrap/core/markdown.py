"""Markdown that people wrote, as HTML that is safe to show."""

from html import unescape
from typing import Final

import nh3
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS: Final = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}, "th": {"align"}, "td": {"align"}}
_SCHEMES: Final = {"http", "https", "mailto"}

_parser = (
    MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable("image")
)


def _lower_headings(html: str) -> str:
    """A page has one h1 and h2s of its own: what people write starts at h3."""
    for level in (4, 3, 2, 1):
        lowered = min(level + 2, 6)
        html = html.replace(f"<h{level}>", f"<h{lowered}>")
        html = html.replace(f"</h{level}>", f"</h{lowered}>")
    return html


def render_markdown(text: str) -> SafeString:
    """HTML for `text`: CommonMark with tables; only listed tags, attributes and schemes pass."""
    html = _lower_headings(_parser.render(text or ""))
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel="nofollow noopener noreferrer",
    )
    # Safe: nh3 has let nothing pass that is not in the lists above.
    return mark_safe(clean)  # noqa: S308


def plain_text(text: str) -> str:
    """The words of `text` on one line, without its Markdown; not escaped for HTML."""
    return " ".join(unescape(strip_tags(render_markdown(text))).split())
