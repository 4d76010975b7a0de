"""The first page of an installation, and the link for who has forgotten the password: both before sign-in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from hilvan.web.client import address_of
from hilvan.web.views_changes import put_errors, sent

from .. import services
from ..forms import FirstUseForm, ForgottenForm


@login_not_required
@never_cache
@sensitive_post_parameters()
def first_use(request: HttpRequest) -> HttpResponse:
    """The company and its first administrator, who is signed in then; afterwards it leads to signing in."""
    if not services.is_first_use():
        return redirect("login")
    form = FirstUseForm(sent(request), initial={"language": get_language(), "time_zone": settings.TIME_ZONE})
    if form.is_valid():
        try:
            services.check_code(form.cleaned_data["code"], address=address_of(request))
        except ValidationError as error:
            form.add_error("code", error)
    if form.is_valid():
        try:
            user = services.set_up(company=form.company_fields(), administrator=form.administrator_fields())
        except ValidationError as error:
            put_errors(form, error)
        except services.AlreadySetUp:
            return redirect("login")
        else:
            login(request, user, "hilvan.people.backends.PasswordBackend")
            messages.success(request, _("Hilván is set up. Next: your colleagues, under Administration."))
            return redirect("home")
    return render(request, "administration/first_use.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@never_cache
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Has a link sent. The answer is the same whether there is such a user or not."""
    form = ForgottenForm(sent(request))
    asked = form.is_valid()
    if asked:
        try:
            services.forgotten(form.cleaned_data["who"], address=address_of(request))
        except ValidationError as error:
            form.add_error("who", error)
            asked = False
    return render(
        request, "administration/forgotten.html", {"form": form, "asked": asked}, status=422 if form.errors else 200
    )
