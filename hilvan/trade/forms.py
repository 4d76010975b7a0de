"""The form of a document: its head, and its lines as one field with a table of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.people.models import User
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField

from .models import LINE_FIELDS, PaymentMethod, PaymentTerms
from .services import MOST_LINES
from .taxes import RATES, Regime, Treatment

SPARE_ROWS = 3
"""Empty rows at the foot of the lines: who has no script fills in these, saves, and finds others."""


class NumberField(forms.DecimalField):
    """A number as people write it in their language: "12.400,00 €", "12400,5" or "12.400" in Spanish."""

    def __init__(self, *, max_digits: int = 14, decimal_places: int = 2, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Without needless zeros, but with two decimals where it has any."""
        if not isinstance(value, Decimal):
            return value
        places = max(-int(value.normalize().as_tuple().exponent), 0)
        return number_format(value, places if places in (0, *range(2, 9)) else 2, use_l10n=True)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            text = re.sub(r"[\s€%]", "", value)
            decimal, thousand = (",", ".") if get_format("DECIMAL_SEPARATOR") == "," else (".", ",")
            if decimal in text or re.fullmatch(rf"-?\d{{1,3}}({re.escape(thousand)}\d{{3}})+", text):
                text = text.replace(thousand, "")
            value = text.replace(decimal, ".")
        return super().to_python(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class TermsField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Payment terms of the company that are in use, or those that it held before."""

    user: User

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Payment terms"))
        kwargs.setdefault("required", False)
        super().__init__(queryset=PaymentTerms.objects.none(), empty_label="—", **kwargs)

    def prepare(self, current: PaymentTerms | None = None) -> None:
        possible = Q(is_active=True) | Q(pk=getattr(current, "pk", None))
        self.queryset = PaymentTerms.objects.filter(possible, company=self.user.company_id).order_by("name")


class LineForm(forms.Form):
    """One row. What is left empty is the product's."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    source = forms.IntegerField(required=False, widget=forms.HiddenInput)
    product = RecordField(label=_("Product"), required=False, kinds=("product",))
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea({"rows": 1})
    )
    quantity = NumberField(label=_("Quantity"), required=False, max_digits=12, decimal_places=3, min_value=0)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    price = NumberField(label=_("Price, €"), required=False, decimal_places=4)
    discount = NumberField(label=_("Discount, %"), required=False, max_digits=5, min_value=0, max_value=100)
    vat_rate = NumberField(label=_("VAT, %"), required=False, max_digits=5, min_value=0, max_value=100)
    treatment = forms.ChoiceField(label=_("Taxation"), required=False, choices=[("", "—"), *Treatment.choices])

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = field.label or name
        product = self.fields["product"]
        assert isinstance(product, RecordField)
        product.user = user
        product.prepare()

    @property
    def is_empty(self) -> bool:
        """A row in which nothing has been written."""
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in LINE_FIELDS[:4])


class Rows:
    """The rows of a document's lines, as they were sent or to be filled in."""

    def __init__(self, user: User, *, initial: Iterable[Mapping[str, Any]] = (), data: Any = None, prefix: str = ""):
        self.user, self.prefix = user, prefix
        if data is None:
            self.forms = [self._row(at, initial=dict(line)) for at, line in enumerate(initial)]
        else:
            indices = {int(found[1]) for key in data if (found := re.fullmatch(rf"{prefix}-(\d{{1,4}})-\w+", key))}
            rows = [self._row(at, data=data) for at in sorted(indices)[: MOST_LINES + SPARE_ROWS]]
            self.forms = [row for row in rows if not row.is_empty]

    def _row(self, at: int | str, **kwargs: Any) -> LineForm:
        return LineForm(prefix=f"{self.prefix}-{at}", user=self.user, use_required_attribute=False, **kwargs)

    @property
    def shown(self) -> list[LineForm]:
        """With the spare ones; those that were sent keep their order, and what was wrong with them."""
        taken = [int(form.prefix.rpartition("-")[2]) for form in self.forms if form.prefix]
        following = max(taken, default=-1) + 1
        return [*self.forms, *(self._row(following + more) for more in range(SPARE_ROWS))]

    @property
    def pattern(self) -> LineForm:
        """The row from which a script makes another."""
        return self._row("__row__")

    def put_error(self, at: int, name: str, errors: Any) -> None:
        if at < len(self.forms):
            form = self.forms[at]
            form.add_error(name if name in form.fields and not form.fields[name].widget.is_hidden else None, errors)


class LinesWidget(forms.Widget):
    user: User
    rows: Rows | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Rows:
        """Always the same rows, which keep what a service had against them."""
        self.rows = self.rows or Rows(self.user, data=data, prefix=name)
        return self.rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        rows = value if isinstance(value, Rows) else Rows(self.user, initial=value or (), prefix=name)
        return render_to_string("trade/lines_field.html", {"rows": rows, "name": name, "rates": RATES})

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def id_for_label(self, id_: str | None, index: str | None = None) -> str:
        return ""


class LinesField(forms.Field):
    """The lines of a document: gives a list of what ``services.LineFields`` names."""

    widget = LinesWidget
    wide = True
    has_panel = True
    user: User

    def prepare(self, current: Any = None) -> None:
        self.widget.user = self.user

    def clean(self, value: Rows) -> list[dict[str, Any]]:
        if not all(form.is_valid() for form in value.forms):
            raise ValidationError(_("Some lines are not right yet."), code="lines")
        return [form.cleaned_data for form in value.forms]

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data

    def has_changed(self, initial: Any, data: Any) -> bool:
        return True


class DocumentForm(RecordForm):
    """What every document asks for; each kind's form says whom it is for, and adds its own fields."""

    title = forms.CharField(label=_("What it is about"), max_length=255)
    party = RecordField(label=_("Customer"), kinds=("customer",))
    contact = RecordField(label=_("Contact"), required=False, kinds=lambda kind: kind.is_contact, near="party")
    dated = forms.DateField(label=_("Date"), required=False, widget=DayInput(), help_text=_("Without it, today."))
    reference = forms.CharField(label=_("Their reference"), max_length=100, required=False)
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    lines = LinesField(label=_("Lines"), required=False)
    terms = TermsField()
    payment_method = forms.ChoiceField(
        label=_("Payment method"), required=False, choices=[("", "—"), *PaymentMethod.choices]
    )
    regime = forms.ChoiceField(label=_("Tax regime"), required=False, choices=Regime.choices)
    withholding_rate = NumberField(
        label=_("Withholding (IRPF), %"), required=False, max_digits=5, min_value=0, max_value=100
    )
    billing_name = forms.CharField(
        label=_("Name on the document"), max_length=255, required=False, help_text=_("Without it, the party's.")
    )
    billing_tax_id = forms.CharField(label=_("Tax identifier"), max_length=20, required=False)
    billing_address = forms.CharField(
        label=_("Address"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    delivery_address = forms.CharField(
        label=_("Delivery address"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 3}),
        help_text=_("They are printed on the document."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("owner", self.user)

    def service_fields(self) -> dict[str, Any]:
        """What is of the party and was left empty at birth is left to the service, which takes the party's."""
        values = super().service_fields()
        if self.changing:
            return values
        of_party = ("terms", "payment_method", "billing_name", "billing_tax_id", "billing_address", "regime")
        return {
            name: value
            for name, value in values.items()
            if value not in (None, "") or name not in (*of_party, "withholding_rate")
        }

    def add_error(self, field: str | None, error: Any) -> None:
        """A service's "lines.2.price" goes beside that price."""
        if field is not None and (found := re.fullmatch(r"lines\.(\d+)\.(\w+)", field)):
            self["lines"].data.put_error(int(found[1]), found[2], error)
            field, error = "lines", ValidationError(gettext("Some lines are not right yet."), code="lines")
            if self.has_error("lines"):
                return
        super().add_error(field, error)
