"""Pages of tags."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from moztrap.core.pages import delete_page, form_page, list_page, person, posted
from moztrap.core.policies import READ, may, policy_required
from moztrap.core.prefill import prefill
from moztrap.core.words import counted
from moztrap.library.actions import delete_tag
from moztrap.library.filters import TAGS
from moztrap.library.forms import MergeForm, TagForm
from moztrap.library.models import Tag
from moztrap.library.prefill import TAG


def _list_url() -> str:
    return reverse("library:tag_list")


def _url(tag: Tag) -> str:
    return reverse("library:tag", args=[tag.pk])


@policy_required(READ)
def tag_list(request: HttpRequest) -> HttpResponse:
    """List tags."""
    is_manager = may(request.user, "manage_tags")
    return list_page(
        request,
        "library/tag_list.html",
        TAGS,
        Tag.objects.for_list(),
        heading="Tags",
        intro="Tags group cases. Testers read a tag's description before each case that has it.",
        numbers=("cases",),
        create_url=reverse("library:tag_create") if is_manager else "",
        create_label="New tag",
    )


@policy_required(READ)
def tag_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a tag."""
    tag = get_object_or_404(
        Tag.objects.for_list().select_related("created_by", "modified_by"), pk=pk
    )
    context = {"tag": tag, "record": tag, "heading": tag.name}
    return render(
        request, "library/tag.html", {**context, "trail": [("Tags", _list_url()), (tag.name, "")]}
    )


@policy_required("manage_tags")
def tag_create(request: HttpRequest) -> HttpResponse:
    """Create a tag."""
    filled = prefill(request, **TAG)
    return form_page(
        request,
        TagForm(posted(request), initial=filled.initial),
        filled=filled,
        done=_url,
        heading="New tag",
        trail=[("Tags", _list_url()), ("New", "")],
        cancel_url=_list_url(),
    )


@policy_required("manage_tags")
def tag_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a tag."""
    tag: Tag = get_object_or_404(Tag.objects.all(), pk=pk)
    return form_page(
        request,
        TagForm(posted(request), instance=tag),
        done=_url,
        template="core/record_form.html",
        heading=f"Edit tag {tag}",
        trail=[("Tags", _list_url()), (tag.name, _url(tag)), ("Edit", "")],
        cancel_url=_url(tag),
        delete_url=reverse("library:tag_delete", args=[pk]),
    )


@policy_required("manage_tags")
def tag_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a tag."""
    tag = get_object_or_404(Tag.objects.for_list(), pk=pk)
    return delete_page(
        request,
        tag,
        delete=delete_tag,
        done_url=_list_url(),
        cancel_url=_url(tag),
        consequence=f"It disappears from {counted(tag.case_count, 'case')}; the cases stay.",
    )


@policy_required("manage_tags")
def tag_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one tag of this one and another."""
    tag: Any = get_object_or_404(Tag.objects.for_list(), pk=pk)
    form = MergeForm(posted(request), source=tag)
    if request.method == "POST" and (target := form.submit(by=person(request))) is not None:
        messages.success(request, f"“{tag}” is now “{target}”.")
        return redirect(_url(target))
    return render(
        request,
        "core/form.html",
        {
            "form": form,
            "heading": f"Merge tag {tag}",
            "intro": f"The other tag takes its place in {counted(tag.case_count, 'case')}, and "
            "this one is deleted.",
            "trail": [("Tags", _list_url()), (tag.name, _url(tag)), ("Merge", "")],
            "submit_label": "Merge",
            "cancel_url": _url(tag),
        },
        status=422 if form.is_bound else 200,
    )
