"""The forms of an import: the file, and what its columns and words are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http.request import QueryDict
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.forms import UserField

from ..models import TableImport
from .fields import Fields, importable
from .plans import MOST_UNKNOWN, Choices
from .reading import MAX_BYTES, MAX_ROWS
from .values import fold

MOST_WORDS = 30
"""Words without a meaning for which the form asks; further ones once these have theirs."""


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What the rows are"))
    file = forms.FileField(label=_("File"), allow_empty_file=True, max_length=1000)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, file = self.fields["kind"], self.fields["file"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(one.name, one.label_plural) for one in importable(user)]
        file.widget.attrs["accept"] = ".csv,.txt,.tsv,.xlsx"
        file.help_text = _("CSV or XLSX, its first row being the headings; at most %(mb)d MB and %(rows)d rows.") % {
            "mb": MAX_BYTES // 2**20, "rows": MAX_ROWS}  # fmt: skip


class ChoicesForm(forms.Form):
    """What each column is, what is to become of the unknown, and what the file's words mean."""

    existing = forms.ChoiceField(
        label=_("What is there already"), choices=[("skip", _("Leave it as it is")), ("change", _("Change it"))]
    )
    parties = forms.ChoiceField(
        label=_("Unknown customers"), choices=[("refuse", _("Refuse the row")), ("create", _("Create them"))]
    )
    people = forms.ChoiceField(label=_("Unknown users"))
    order = forms.ChoiceField(
        label=_("Order in dates"), required=False,
        choices=[("", _("As the column tells")), ("dmy", _("Day, month, year")), ("mdy", _("Month, day, year"))],
    )  # fmt: skip
    mark = forms.ChoiceField(
        label=_("Decimals after"), required=False,
        choices=[("", _("As the column tells")), (",", _("a comma: 1.234,56")), (".", _("a point: 1,234.56"))],
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, table: TableImport, fields: Fields, user: User) -> None:
        chosen = Choices(**table.choices)
        super().__init__(data, initial=table.choices)
        self.kinds_fields = fields
        people = self.fields["people"]
        assert isinstance(people, forms.ChoiceField)
        people.choices = [("refuse", _("Refuse the row")), ("nobody", _("Leave it to nobody"))]
        if user.role.administers:
            people.choices += [("inactive", _("Create them as inactive users"))]
        if not user.may(Action.CREATE, "customer"):
            del self.fields["parties"]
        self._leave_out_what_does_not_matter(chosen, table)
        names = [("", _("— is not imported")), *((name, fields.label(name)) for name in fields.by_name)]
        self.columns = {}
        for place, heading in enumerate(table.columns):
            name = f"column_{place}"
            self.columns[name] = place
            self.fields[name] = forms.ChoiceField(
                label=heading, required=False, choices=names, initial=chosen.fields.get(str(place), "")
            )
        self.words: dict[str, tuple[str, str]] = {}
        for field, meant in chosen.words.items():
            for word in meant:
                self._ask(field, word, 0, meant[word])
        for field, words in table.unknown.items():
            for word, times in sorted(words.items(), key=lambda pair: -pair[1])[:MOST_WORDS]:
                self._ask(field, word, times, None)

    def _leave_out_what_does_not_matter(self, chosen: Choices, table: TableImport) -> None:
        """Without customers, users, dates or numbers among the columns there is nothing to choose of them."""
        used = [(name, self.kinds_fields.by_name[name]) for name in chosen.fields.values()]
        people = [name for name, of in used if isinstance(of, UserField)]
        matters = {
            "parties": any(name == "party" for name, _of in used),
            "people": bool(people),
            "order": bool(table.hints.get("orders")),
            "mark": bool(table.hints.get("marks")),
        }
        for name, does in matters.items():
            if not does and name in self.fields:
                self.fields[name].widget = forms.HiddenInput()
        for name, unknown in (("parties", ["party"]), ("people", people)):
            if name in self.fields and (n := sum(len(table.unknown.get(one, ())) for one in unknown)):
                label = self.fields[name].label
                self.fields[name].label = f"{label} ({n if n < MOST_UNKNOWN else f'{n}+'})"

    def _ask(self, field: str, word: str, times: int, meant: str | None) -> None:
        if field not in self.kinds_fields.options or not (choices := self.kinds_fields.choices(field)):
            return
        name = f"word_{field}_{fold(word)}"
        if name in self.fields:
            return
        self.words[name] = field, fold(word)
        label = f"{self.kinds_fields.label(field)}: “{word}”" + (f" ({times})" if times else "")
        self.fields[name] = forms.ChoiceField(
            label=label, required=False, initial="-" if meant == "" else meant,
            choices=[("", _("Refuse the row")), ("-", _("Leave it empty")), *choices],
        )  # fmt: skip

    @property
    def bound_columns(self) -> list[forms.BoundField]:
        return [self[name] for name in self.columns]

    @property
    def bound_words(self) -> list[forms.BoundField]:
        return [self[name] for name in self.words]

    @property
    def bound_options(self) -> list[forms.BoundField]:
        return [self[name] for name in ("existing", "parties", "people", "order", "mark") if name in self.fields]

    def clean(self) -> None:
        by_field: dict[str, str] = {}
        for column in self.columns:
            field = self.cleaned_data.get(column)
            if field and field in by_field and not self.kinds_fields.joins(field):
                self.add_error(column, _("Another column is this already: only long texts can have several."))
            elif field:
                by_field[field] = column

    def choices(self) -> Choices:
        given = self.cleaned_data
        words: dict[str, dict[str, str]] = {}
        for name, (field, word) in self.words.items():
            if given[name]:
                words.setdefault(field, {})[word] = "" if given[name] == "-" else given[name]
        return Choices(
            fields={str(place): given[name] for name, place in self.columns.items() if given[name]},
            existing=given["existing"],
            parties=given.get("parties", "refuse"),
            people=given["people"],
            order=given["order"],
            mark=given["mark"],
            words=words,
        )
