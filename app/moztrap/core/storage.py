"""Where static files and the two manifests of a release are kept."""

import json
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage


class ManifestStorage(FileSystemStorage):
    """The manifests travel with the code, never with the files they describe."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(location=settings.MANIFEST_ROOT, **kwargs)


class ReleaseStaticFilesStorage(ManifestStaticFilesStorage):
    """Static files under names that carry their content's hash."""

    manifest_name = "staticfiles.json"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, manifest_storage=ManifestStorage(), **kwargs)

    def save_manifest(self) -> None:
        """Write the names in order: folders list their files in none, and builds repeat."""
        self.hashed_files = dict(sorted(self.hashed_files.items()))
        super().save_manifest()


class CompressManifestStorage(ManifestStorage):
    """Where django-compressor keeps the names of what it compressed offline."""

    def _save(self, name: str, content: Any) -> str:
        """Write them in order: templates are found in none, and builds repeat."""
        names = dict(sorted(json.loads(content.read()).items()))
        return str(super()._save(name, ContentFile(json.dumps(names, indent=2))))
