"""What the pages of records need in their templates."""

from typing import Any

from django import template
from django.forms import BoundField, Textarea
from django.template import Context
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hilvan.records.kinds import Kind, State, kinds
from hilvan.records.models import Record
from hilvan.web import links, words

register = template.Library()

# The tones of states, and the classes by which the stylesheet knows them.
TONES = {"new": "new", "hold": "on_hold", "progress": "in_progress", "closed": "closed", "good": "good", "bad": "bad"}


@register.simple_tag
def record_url(record: Record) -> str:
    """The page of a record."""
    return str(links.record_url(record.kind, record.number))


@register.filter
def say(value: Any) -> str | SafeString:
    """A value for people, see ``words.say``; a record as a link to its page."""
    if isinstance(value, Record):
        return format_html('<a href="{}">{}</a>', links.record_url(value.kind, value.number), value.title)
    return words.say(value)


@register.filter
def kind_of(record: Record) -> Kind:
    return kinds[record.kind]


@register.filter
def tone(state: State) -> str:
    """The class of a state's badge."""
    return TONES.get(state.tone, "closed")


@register.filter
def source(field: BoundField) -> str:
    """Where the prefilled value of a form's field comes from; nothing for what the user typed."""
    return str(getattr(field.form, "sources", {}).get(field.name, ""))


@register.filter
def wide(field: BoundField) -> bool:
    """Whether a field takes the whole width of a form: what one writes at length, and what names the record."""
    is_long = isinstance(field.field.widget, Textarea) or getattr(field.field, "wide", False)
    return is_long or field.name in {"title", "subject"}


@register.simple_tag(takes_context=True)
def panel(context: Context, template_name: str, variables: dict[str, Any]) -> SafeString:
    """Another part's panel, within the page's own context."""
    with context.push(**variables):
        return SafeString(get_template(template_name).template.render(context))  # type: ignore[attr-defined]
