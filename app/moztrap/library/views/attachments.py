"""Giving out the files of cases."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from moztrap.core.policies import LOGGED_IN, policy_required
from moztrap.core.uploads import download
from moztrap.library.models import Attachment


@require_safe
@policy_required(LOGGED_IN)
def attachment_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a file to whoever is logged in: anonymous access opens pages, and no files."""
    attachment: Attachment = get_object_or_404(Attachment.objects.servable(), pk=pk)
    try:
        return download(
            str(attachment.file.name), name=attachment.name, content_type=attachment.content_type
        )
    except FileNotFoundError as error:
        raise Http404("The file is not in the storage any more.") from error
