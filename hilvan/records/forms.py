"""Form fields that find records, people and teams of the user's company."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Team, User

from .kinds import Kind, Prefilled
from .kinds import kinds as registry
from .models import Record


def value_of(model: Any, name: str) -> Any:
    """What a field of a kind's form holds for a record that exists: on the kind's own table, or on its Record."""
    return getattr(model, name) if hasattr(model, name) else getattr(model.record, name, None)


@runtime_checkable
class UserAware(Protocol):
    """A field that must know who fills it in (``user``); ``prepare(current)`` is told what it holds to begin with."""

    def prepare(self, current: Any = None) -> None: ...


class RecordForm(forms.Form):
    """The form of a kind: knows who fills it in, and where each prefilled value comes from (``sources``)."""

    with_rows: tuple[str, ...] = ()
    """Fields made of rows, of which ``add_error`` takes an error's whole path: "lines.2.price"."""

    def __init__(
        self,
        *args: Any,
        user: User,
        prefilled: dict[str, Prefilled] | None = None,
        changing: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {
            **{name: one.value for name, one in (prefilled or {}).items()},
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        self.user = user
        self.changing = changing
        self.sources = {name: one.source for name, one in (prefilled or {}).items() if one.value not in (None, "")}
        for name, field in self.fields.items():
            if isinstance(field, UserAware):
                field.user = user  # type: ignore[attr-defined]
                field.prepare(self.initial.get(name))

    @classmethod
    def initial_of(cls, model: Any, user: User) -> dict[str, Any]:
        """What the form shows of a record that exists."""
        return {name: value_of(model, name) for name in cls.base_fields}

    def service_fields(self) -> dict[str, Any]:
        """The cleaned values, by the names which the kind's services take."""
        return dict(self.cleaned_data)


class RecordField(forms.Field):
    """A record that the user may see, typed as its number or chosen from suggestions ("CLI-2026-000001 Ebro").

    ``kinds`` are the names of the kinds that fit, or what tells of each whether it does. ``near`` names the form's
    field of a party, whose own records are suggested first.
    """

    user: User

    def __init__(self, *, kinds: tuple[str, ...] | Callable[[Kind], bool], near: str = "", **kwargs: Any) -> None:
        self.fits = kinds if callable(kinds) else None
        self.kinds = () if callable(kinds) else kinds
        super().__init__(widget=forms.TextInput({"maxlength": 400}), **kwargs)
        self.widget.attrs.update(
            {
                "autocomplete": "off",
                "data-record-lookup": reverse_lazy("record_lookup"),
                "data-kinds": ",".join(self.kinds),
                "placeholder": _("Number or name"),
                **({"data-near": near} if near else {}),
            }
        )

    def prepare(self, current: Any = None) -> None:
        if self.fits is not None:  # asked only now, when every part has registered its kinds
            self.kinds = tuple(kind.name for kind in registry if self.fits(kind))
            self.widget.attrs["data-kinds"] = ",".join(self.kinds)

    def admits(self, record: Record) -> bool:
        """Whether a record of that kind fits."""
        return self.fits(record.declaration) if self.fits is not None else record.kind in self.kinds

    def prepare_value(self, value: Any) -> Any:
        return f"{value.number} {value.title}" if isinstance(value, Record) else value

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        if "\x00" in text:
            raise ValidationError(_("NUL characters are not allowed."), code="nul")
        visible = Record.objects.visible_to(self.user).filter(kind__in=self.kinds)
        number = re.match(r"[A-Za-z]{2,8}-\d{4}-\d+", text)
        if number and (found := visible.filter(number=number[0].upper()).first()):
            return found
        named = list(visible.filter(title__iexact=text, archived_at=None)[:2])
        if len(named) == 1:
            return named[0]
        if named:
            raise ValidationError(_("Several have this name: choose one by its number."), code="several")
        raise ValidationError(_("There is none of this number or name."), code="unknown")


class UserField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An active user of the company, or who it was before."""

    user: User

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("Nobody"))
        super().__init__(queryset=User.objects.none(), **kwargs)

    def prepare(self, current: User | None = None) -> None:
        possible = Q(is_active=True) | Q(pk=getattr(current, "pk", None))
        self.queryset = User.objects.filter(possible, company=self.user.company_id).order_by("name")


class TeamField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An active team of the company, or which it was before."""

    user: User

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("No team"))
        super().__init__(queryset=Team.objects.none(), **kwargs)

    def prepare(self, current: Team | None = None) -> None:
        possible = Q(is_active=True) | Q(pk=getattr(current, "pk", None))
        self.queryset = Team.objects.filter(possible, company=self.user.company_id).order_by("name")
