"""The file of a remittance, and the company's own accounts for who administers it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hilvan.administration.access import administrator
from hilvan.records.kinds import kinds
from hilvan.web.views_changes import put_errors, sent
from hilvan.web.views_lists import signed_in, visible_record

from . import accounts
from .forms import AccountForm
from .kind import file_name
from .models import BankAccount, Remittance


@require_GET
def remittance_file(request: HttpRequest, number: str) -> HttpResponse:
    """What the bank got; 404 for what has not been sent."""
    record = visible_record(kinds["remittance"], number, signed_in(request))
    return file_answer(record.as_remittance)


def file_answer(remittance: Remittance) -> HttpResponse:
    if not remittance.file:
        raise Http404
    disposition = f'attachment; filename="{file_name(remittance)}"'
    return HttpResponse(remittance.file, content_type="application/xml", headers={"Content-Disposition": disposition})


@require_GET
def bank_account_list(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    found = BankAccount.objects.filter(company=by.company_id).order_by("-is_active", "name")
    return render(request, "remittances/accounts.html", {"accounts": found})


def bank_account_form(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """A new account, or one that exists."""
    by = administrator(request)
    account = get_object_or_404(BankAccount, pk=key, company=by.company_id) if key is not None else None
    initial = {name: getattr(account, name) for name in AccountForm.base_fields} if account else {}
    form = AccountForm(sent(request), initial=initial)
    if form.is_valid():
        try:
            accounts.put_account(account, by=by, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("bank_account_list")
    context = {"form": form, "account": account}
    return render(request, "remittances/account.html", context, status=422 if form.errors else 200)
