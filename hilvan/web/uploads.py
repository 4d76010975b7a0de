"""Files that come in: none takes more room than one may have, whatever the request says of its own length."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest


class Bounded(FileUploadHandler):
    """The first of the upload handlers: drops a file as soon as it is larger than the limit, and remembers its name.

    What came of it until then is thrown away by the handlers behind; the view says that it was too large.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > settings.ATTACHMENT_LIMIT:
            self.request.__dict__.setdefault("oversized", []).append(self.file_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def oversized(request: HttpRequest) -> list[str]:
    """The names of the files that were dropped for being larger than the limit."""
    names: list[str] = request.__dict__.get("oversized", [])
    return names
