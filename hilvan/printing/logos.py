"""What may be a logo: a PNG or JPEG picture, kept as a PNG of a printer's size, or an SVG drawing."""

from __future__ import annotations

import re
from io import BytesIO

import PIL.Image
import PIL.ImageOps
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _

from . import printer

LIMIT = 1024 * 1024
"""Bytes of the file that is sent."""
MOST_PIXELS = 25_000_000
PRINTED = (1200, 600)
"""Pixels, at most: a logo is printed up to 70 mm wide, which makes 430 to the inch."""
PNG = b"\x89PNG\r\n\x1a\n"
LEADS_ELSEWHERE = re.compile(rb"<!ENTITY|<script|<foreignObject|href\s*=\s*[\"'](?!#|data:image/)", re.IGNORECASE)


def media_type(logo: bytes) -> str:
    return "image/png" if bytes(logo).startswith(PNG) else "image/svg+xml"


def too_big() -> str:
    return _("A logo takes at most %(limit)s.") % {"limit": "1 MB"}


def clean_logo(file: File[bytes]) -> bytes:
    """The bytes to keep. Raises ``ValidationError`` for what is too big, no picture, or leads elsewhere."""
    if file.size > LIMIT:
        raise ValidationError(too_big(), code="too_big")
    file.seek(0)
    sent = file.read()
    return _drawing(sent) if sent.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _picture(sent)


def _picture(sent: bytes) -> bytes:
    try:
        with PIL.Image.open(BytesIO(sent), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:  # known before any of them is unpacked
                raise ValidationError(_("This picture has too many pixels."), code="too_big")
            upright = PIL.ImageOps.exif_transpose(picture)
            upright.thumbnail(PRINTED)
            kept = BytesIO()
            upright.convert("RGBA").save(kept, "PNG")
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        raise _no_logo() from error
    return kept.getvalue()


def _drawing(sent: bytes) -> bytes:
    if LEADS_ELSEWHERE.search(sent):
        raise ValidationError(_("This drawing holds a program, or leads to other files."), code="unsafe")
    try:
        printer.try_image(sent)
    except printer.Failed as error:
        raise _no_logo() from error
    return sent


def _no_logo() -> ValidationError:
    return ValidationError(_("This is no picture that can be printed: PNG, JPEG or SVG."), code="no_picture")
