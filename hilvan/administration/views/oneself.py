"""One's own account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.debug import sensitive_post_parameters

from hilvan.people.services import change_oneself
from hilvan.web.views_changes import put_errors, sent
from hilvan.web.views_lists import signed_in

from ..forms import ProfileForm


def profile(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ProfileForm(sent(request), user=user)
    if form.is_valid():
        try:
            change_oneself(user, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            with override(user.speaks):
                messages.success(request, _("Saved."))
            return redirect("profile")
    context = {"form": form, "teams": user.teams.order_by("name")}
    return render(request, "administration/profile.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """Asks for the old one; all other sessions of the user end."""
    user = signed_in(request)
    form = PasswordChangeForm(user, sent(request))
    if form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is another one now. Wherever else you were signed in, you are not."))
        return redirect("profile")
    return render(request, "administration/password.html", {"form": form}, status=422 if form.errors else 200)
