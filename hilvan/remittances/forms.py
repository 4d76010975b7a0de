"""The forms of a remittance, of its changes of state, and of the company's own accounts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.parties.forms import IbanField
from hilvan.parties.models import Scheme
from hilvan.people.models import User
from hilvan.records.forms import RecordForm, TeamField, UserField
from hilvan.records.models import Record

from . import eligible
from .eligible import MOST, Candidate
from .models import BankAccount
from .services import first_day, items_of, usual_account


class AccountField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the company's own accounts that are in use, or which it was before."""

    user: User

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=BankAccount.objects.none(), empty_label="—", **kwargs)

    def prepare(self, current: BankAccount | None = None) -> None:
        possible = Q(is_active=True) | Q(pk=getattr(current, "pk", None))
        self.queryset = BankAccount.objects.filter(possible, company=self.user.company_id).order_by("name")


class ReceiptsWidget(forms.CheckboxSelectMultiple):
    user: User
    own: tuple[Record, ...] = ()

    @cached_property
    def offered(self) -> list[Candidate]:
        return eligible.candidates(self.user, {one.pk for one in self.own})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        context = {
            "able": [one for one in self.offered if not one.why_not],
            "unable": [one for one in self.offered if one.why_not],
            "chosen": set(value or ()),
            "name": name,
            "most": MOST if len(self.offered) >= MOST else 0,
        }
        return render_to_string("remittances/receipts_field.html", context)


class ReceiptsField(forms.Field):
    """The receipts that a remittance collects, chosen among those that are due; gives a list of Records.

    Those that can't be collected stand there with the reason.
    """

    widget: Any = ReceiptsWidget
    user: User

    def prepare(self, current: Any = None) -> None:
        self.widget.user = self.user

    def prepare_value(self, value: Any) -> list[str]:
        if isinstance(value, str):  # from an address
            return [one.strip().upper() for one in value.split(",")]
        return [one.number if isinstance(one, Record) else str(one) for one in value or ()]

    def to_python(self, value: Iterable[str] | None) -> list[Record]:
        found = {one.receipt.record.number: one.receipt.record for one in self.widget.offered}
        if unknown := [number for number in value or () if number not in found]:
            raise ValidationError(_("%(number)s can’t be chosen any more."), params={"number": unknown[0]})
        return [found[number] for number in dict.fromkeys(value or ())]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(self.prepare_value(initial)) != set(data or ())


class RemittanceForm(RecordForm):
    title = forms.CharField(label=_("What it is called"), max_length=255)
    account = AccountField(label=_("Bank account"), required=False, help_text=_("One of our own."))
    collect_on = forms.DateField(
        label=_("To be collected on"), required=False, widget=DayInput(),
        help_text=_("Without it, on the first day on which the bank can."),
    )  # fmt: skip
    scheme = forms.ChoiceField(label=_("Scheme"), choices=Scheme.choices, initial=Scheme.CORE)
    receipts = ReceiptsField(label=_("Receipts"), required=False)
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    notes = forms.CharField(label=_("Notes"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        receipts: Any = self.fields["receipts"]
        receipts.wide = True
        if self.changing:
            receipts.widget.own = tuple(self.initial.get("receipts") or ())
            return
        account = usual_account(self.user.company)
        self.initial.setdefault("owner", self.user)
        self.initial.setdefault("account", account)
        self.initial.setdefault("collect_on", first_day(account, timezone.localdate()))
        self.initial.setdefault("title", title_of(self.initial["collect_on"]))

    @classmethod
    def initial_of(cls, model: Any, user: User) -> dict[str, Any]:
        receipts = Record.objects.filter(pk__in=[item.receipt_id for item in items_of(model.record)])
        return {**super().initial_of(model, user), "receipts": list(receipts.order_by("pk"))}

    def service_fields(self) -> dict[str, Any]:
        values = super().service_fields()
        if self.changing and "receipts" not in self.changed_data:
            del values["receipts"]
        return values


def title_of(day: Any) -> str:
    return gettext("Remittance of %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")}


class CollectForm(forms.Form):
    paid_on = forms.DateField(
        label=_("Collected on"), required=False, widget=DayInput(), help_text=_("Without it, on its day.")
    )


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why is it cancelled?"), max_length=1000, widget=forms.Textarea({"rows": 2}))


class AccountForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What we call it."))
    iban = IbanField()
    bic = forms.CharField(label="BIC", max_length=20, required=False, help_text=_("Only if the bank asks for it."))
    creditor_id = forms.CharField(
        label=_("Creditor identifier"), max_length=40, help_text=_("From the bank, for direct debits: ES…")
    )
    ahead = forms.IntegerField(
        label=_("Days ahead"), min_value=0, max_value=30, initial=2,
        help_text=_("So many bank days before the collection the bank wants the file."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)
