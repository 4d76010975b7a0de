"""Pages as the tests see them: their texts, links and forms, and what no page may contain."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from hilvan.people.models import User

TYPED = {"text", "search", "email", "tel", "url", "password", "number", "date", "time", "datetime-local"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def signed_in(user: User, language: str = "en") -> Client:
    """A browser in which ``user`` has signed in, and which speaks ``language``."""
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    return client


@dataclass
class Tag:
    name: str
    attributes: dict[str, str]


@dataclass
class Form:
    """One form of a page: its visible controls by their names, and what it would send as it is."""

    method: str
    action: str
    controls: dict[str, Tag] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The names of the controls into which one types."""
        return [
            name
            for name, tag in self.controls.items()
            if tag.name == "textarea" or (tag.name == "input" and tag.attributes.get("type", "text") in TYPED)
        ]

    @property
    def refused(self) -> set[str]:
        """The names of the controls beside which an error stands."""
        return {name for name, tag in self.controls.items() if tag.attributes.get("aria-invalid") == "true"}


@dataclass
class Page(HTMLParser):
    """What an answer's HTML says."""

    tags: list[Tag] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open: list[Tag] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    """What the forms of the page would send as they are, by the names of their controls."""

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, response: Any) -> Page:
        page = cls()
        page.feed(response.content.decode())
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Tag(tag, {name: value or "" for name, value in attrs})
        self.tags.append(one)
        if tag not in VOID:
            self.open.append(one)
        name = one.attributes.get("name")
        if self.is_inert:
            return
        if tag == "form":
            self.forms.append(Form(one.attributes.get("method", "get"), one.attributes.get("action", "")))
        is_off = "disabled" in one.attributes or one.attributes.get("type") == "hidden"
        if name and tag in {"input", "textarea", "select"} and not is_off and (form := self.form):
            form.controls[name] = one
        if tag == "input" and name:
            is_box = one.attributes.get("type") in {"checkbox", "radio"}
            value = one.attributes.get("value", "on" if is_box else "")
            # Of several of one name the first with something in it counts: blank ones to fill in come after it.
            if "checked" in one.attributes if is_box else value or name not in self.form_data:
                self.keep(name, value)
        elif tag == "textarea" and name:
            self.keep(name, "")
        elif tag == "option" and (select := self.around("select")):
            value = one.attributes.get("value", "")
            if "selected" in one.attributes or select not in self.data:
                self.keep(select, value)
            if form := self.form:
                form.choices.setdefault(select, []).append(value)

    @property
    def is_inert(self) -> bool:
        """Within a template: nothing of it is there before a script makes something of it."""
        return any(one.name == "template" for one in self.open)

    @property
    def form(self) -> Form | None:
        """The form that is open now."""
        return self.forms[-1] if any(one.name == "form" for one in self.open) else None

    @property
    def form_data(self) -> dict[str, Any]:
        return form.data if (form := self.form) else self.data

    def keep(self, name: str, value: str) -> None:
        self.data[name] = value
        if form := self.form:
            form.data[name] = value

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().name != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if (textarea := self.around("textarea")) and not self.is_inert:
            before = self.data[textarea]
            self.keep(textarea, before + data if before else data.removeprefix("\n"))

    def around(self, tag: str) -> str:
        """The name of the control of this kind that is open now."""
        return next((one.attributes.get("name", "") for one in self.open if one.name == tag), "")

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def links(self) -> set[str]:
        return {tag.attributes["href"] for tag in self.tags if tag.name == "a" and "href" in tag.attributes}

    def attribute(self, name: str) -> list[str]:
        """The values of an attribute, wherever it stands."""
        return [tag.attributes[name] for tag in self.tags if name in tag.attributes]


def faults(response: Any) -> list[str]:
    """What the policy against foreign code forbids, and what every page must have and this one has not."""
    page = Page.of(response)
    found = []
    for tag in page.tags:
        if tag.name == "style" or (tag.name == "script" and "src" not in tag.attributes):
            found.append(f"inline <{tag.name}>")
        found += [f'<{tag.name} {name}="…">' for name in tag.attributes if name == "style" or name.startswith("on")]
    first = next((tag for tag in page.tags if tag.name in {"a", "button", "input"}), None)
    if first is None or first.attributes.get("class") != "skip" or first.attributes.get("href") != "#main":
        found.append("no skip link first")
    if "main" not in page.attribute("id"):
        found.append("nothing to skip to")
    ids = [one for one in page.attribute("id") if one]
    found += sorted({f'id="{one}" twice' for one in ids if ids.count(one) > 1})
    return found
