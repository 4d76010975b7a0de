"""What the form of a document asks while one fills it in: a product's price, and what it all comes to."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from hilvan.records.models import Record
from hilvan.web.views_lists import signed_in

from . import taxes
from .forms import NumberField, Rows
from .models import LINE_FIELDS, Line, Priced
from .services import breakdown_of


def line_values(request: HttpRequest) -> JsonResponse:
    """What a line takes over from the product ``product`` (number and name): its fields as the form writes them."""
    user = signed_in(request)
    number = request.GET.get("product", "").replace("\x00", "").partition(" ")[0]
    product = Record.objects.find(user, number) if number else None
    priced = getattr(product, product.declaration.accessor) if product is not None else None
    if product is None or not isinstance(priced, Priced):
        return JsonResponse({})
    as_written = NumberField(decimal_places=4).prepare_value
    return JsonResponse(
        {
            "description": product.title,
            "unit": priced.unit,
            "price": as_written(priced.price),
            "vat_rate": as_written(priced.vat_rate),
            "treatment": priced.treatment,
        }
    )


@require_POST
def line_totals(request: HttpRequest) -> HttpResponse:
    """What the lines that are being written come to; a line that is not right yet counts for nothing."""
    user = signed_in(request)
    lines = []
    for form in Rows(user, data=request.POST, prefix=request.POST.get("field", "lines")).forms:
        if form.is_valid():
            given = {name: form.cleaned_data[name] for name in LINE_FIELDS[2:]}
            line = Line(**{name: value for name, value in given.items() if value not in (None, "")})  # else as usual
            line.amount = taxes.amount(line.quantity, line.price, line.discount)
            lines.append(line)
    rate = NumberField(max_digits=5, min_value=0, max_value=100, required=False)
    regime = request.POST.get("regime", "")
    try:
        withholding_rate = rate.clean(request.POST.get("withholding_rate", "")) or taxes.ZERO
    except ValidationError:
        withholding_rate = taxes.ZERO
    sums = taxes.totals(
        lines,
        regime=regime if regime in taxes.Regime.values else taxes.Regime.GENERAL,
        withholding_rate=withholding_rate,
    )
    return render(request, "trade/totals.html", {"document": sums, "groups": breakdown_of(sums, 1)})
