"""Template tags of the core: `{% load moztrap %}`."""

from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.utils.safestring import SafeString

from moztrap.core.markdown import plain_text, render_markdown
from moztrap.core.words import counted

register = template.Library()
register.filter(counted)


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as safe HTML."""
    return render_markdown(text)


@register.filter
def plain(text: str) -> str:
    """Markdown as one line of plain text, for excerpts."""
    return plain_text(text)


@register.filter(name="get")
def get_item(values: dict[str, str], key: str) -> str | None:
    """The value of a key that a template knows by a variable."""
    return values.get(key)


@register.filter
def pin_of(field: BoundField) -> str:
    """The pinned filter that a field of a new form was filled in from, if one was."""
    pins: dict[str, str] = getattr(field.form, "pinned", {})
    return pins.get(field.name, "")


@register.inclusion_tag("core/includes/pagination.html", takes_context=True)
def pagination(context: template.Context, page_obj: "Page[Any]") -> dict[str, object]:
    """Links to the other pages of a list: `{% pagination page_obj %}`."""
    return {
        "request": context["request"],
        "page_obj": page_obj,
        "pages": list(page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=2)),
        "gap": page_obj.paginator.ELLIPSIS,
    }
