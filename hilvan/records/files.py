"""What may be attached to a record, and how a file is known: by its name's extension and, where it may be shown, its
content. The sender's word for its type counts for nothing.

Web pages, drawings with scripts (SVG) and programs are refused: somebody would open them with the trust that he has in
what comes from here. Whatever else has no place in this list is added by ``HILVAN_ATTACHMENT_TYPES``.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files import File
from django.utils.translation import gettext as _

_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
TYPES = {
    "pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "xml": "application/xml",
    "json": "application/json", "ics": "text/calendar", "vcf": "text/vcard", "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook", "p7m": "application/pkcs7-mime", "xsig": "application/xml",
    "doc": "application/msword", "docx": f"{_OFFICE}wordprocessingml.document", "rtf": "application/rtf",
    "xls": "application/vnd.ms-excel", "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint", "pptx": f"{_OFFICE}presentationml.presentation",
    "odt": f"{_ODF}text", "ods": f"{_ODF}spreadsheet", "odp": f"{_ODF}presentation",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "heic": "image/heic", "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp",
    "dwg": "image/vnd.dwg", "dxf": "image/vnd.dxf",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav",
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm",
    "zip": "application/zip", "7z": "application/x-7z-compressed", "gz": "application/gzip",
}  # fmt: skip
"""Extension → media type."""
REFUSED = {"html", "htm", "xhtml", "svg", "svgz", "js", "mjs", "exe", "dll", "com", "bat", "cmd", "msi", "scr", "ps1",
           "vbs", "jar", "lnk", "hta", "apk", "app", "sh"}  # fmt: skip
"""No configuration allows these."""
BEGINNINGS = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"), (b"PK",)),
}
"""How the content of these must begin: what is shown within a page (below), and what is often meant by a mistake."""
PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How programs begin, whatever they are called: Windows, Linux, macOS (and Java)."""
SHOWN = {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"}
"""Media types that a browser may show in place of saving them: their content was looked at, and nothing in it runs."""
PICTURES = {one for one in SHOWN if one.startswith("image/")}
LONGEST = 150


def clean_name(given: str) -> str:
    """The name of a file without folders, control characters and signs that turn the direction of writing round."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = "".join(one for one in name if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    return f"{stem[: LONGEST - len(extension)]}{dot}{extension}" if stem and len(extension) < 20 else name[:LONGEST]


def extension_of(name: str) -> str:
    return PurePosixPath(name).suffix.lstrip(".").lower()


def media_type_of(name: str) -> str:
    return TYPES.get(extension_of(name), "application/octet-stream")


def why_not(name: str, file: File[Any]) -> str:
    """Why a file can't be attached, in the user's language; "" where it can."""
    extension = extension_of(name)
    if not name:
        return _("A file needs a name.")
    if not file.size:
        return _("“%(name)s” is empty.") % {"name": name}
    if file.size > settings.ATTACHMENT_LIMIT:
        return too_big(name)
    if extension in REFUSED or extension not in {*TYPES, *settings.ATTACHMENT_TYPES}:
        return _("“%(name)s”: files of this type can't be attached.") % {"name": name}
    file.seek(0)
    beginning = file.read(1024)
    file.seek(0)
    if beginning.startswith(PROGRAMS):
        return _("“%(name)s” is a program: these can't be attached.") % {"name": name}
    if not _begins_as(extension, beginning):
        return _("“%(name)s” is not what its name says.") % {"name": name}
    return ""


def too_big(name: str) -> str:
    return _("“%(name)s” is larger than %(limit)s.") % {"name": name, "limit": limit()}


def limit() -> str:
    """How large a file may be, in words."""
    return f"{settings.ATTACHMENT_LIMIT // (1024 * 1024)} MB"


def _begins_as(extension: str, beginning: bytes) -> bool:
    if extension == "pdf":  # readers take one that begins within the first kilobyte (ISO 32000-1, annex H)
        return b"%PDF-" in beginning
    if extension == "webp":
        return beginning.startswith(b"RIFF") and beginning[8:12] == b"WEBP"
    return beginning.startswith(BEGINNINGS[extension]) if extension in BEGINNINGS else True
