"""Where attachments stand: the storage that ``HILVAN_STORAGE_URL`` names, behind Django's storage API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class Folder(FileSystemStorage):
    """A folder. What was saved is on the disk before anybody is told so, since no acknowledged write may be lost."""

    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        path = Path(self.path(saved))
        for one in (path, path.parent):
            handle = os.open(one, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return saved
