"""The addresses of a remittance's file and of the company's own accounts."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("remittances/<number:number>/file", views.remittance_file, name="remittance_file"),
    path("settings/bank-accounts/", views.bank_account_list, name="bank_account_list"),
    path("settings/bank-accounts/new", views.bank_account_form, name="bank_account_new"),
    path("settings/bank-accounts/<int:key>", views.bank_account_form, name="bank_account_page"),
]
