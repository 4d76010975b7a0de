"""Template tags and filters for the components of hilvan/web (see hilvan/web/COMPONENTS.md)."""

from functools import lru_cache

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@register.simple_tag
def icon(name: str, label: str = "", size: int = 18) -> SafeString:
    """Draw an icon of the sprite; `size` in pixels.

    Without `label` it is decoration, hidden from screen readers: a word must stand beside it.
    """
    return _drawn(name, str(label), size)


@lru_cache(maxsize=1000)
def _drawn(name: str, label: str, size: int) -> SafeString:
    """Kept: a page of rows draws the same few icons many hundred times."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else format_html('aria-hidden="{}"', "true")
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" {1}><use href="{2}#{3}"></use></svg>',
        str(size),
        meaning,
        static("web/icons.svg"),
        name,
    )


@register.simple_tag
def widget(field: BoundField, source: str = "") -> SafeString:
    """Draw the control of a form field, tied to its help, its errors and the origin of its value.

    Django ties help and errors by itself; this adds the hint of components/field.html
    which says where a prefilled value comes from.
    """
    if not source:
        return field.as_widget()
    described_by = f"{field.aria_describedby or ''} {field.auto_id}_source".strip()
    return field.as_widget(attrs={"aria-describedby": described_by})


@register.filter
def duration(seconds: float | None) -> str:
    """Say a length of time in its two greatest units: "1 d 3 h", "2 h", "45 min".

    Days are of 24 hours, whole units only, rounded down. None gives an empty text.
    """
    if seconds is None:
        return ""
    whole = max(int(seconds), 0)
    days, rest = divmod(whole, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes = rest // MINUTE
    if days and hours:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if days:
        return _("%(days)d d") % {"days": days}
    if hours and minutes:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if hours:
        return _("%(hours)d h") % {"hours": hours}
    if minutes:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("under 1 min")


@register.filter
def initials(name: str) -> str:
    """Give the initials of a person's name for an avatar: "Ana García Ruiz" → "AG"."""
    return "".join(word[0] for word in str(name).split()[:2]).upper()
