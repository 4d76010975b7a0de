"""Signing in and out, choosing a password, and the language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from hilvan.people.models import User
from hilvan.people.services import choose_language

from .forms_people import SignInForm

sign_in = LoginView.as_view(redirect_authenticated_user=True, authentication_form=SignInForm)
sign_out = LogoutView.as_view()


class ChoosePassword(PasswordResetConfirmView):
    """The page behind a ``password_link``; who has left meanwhile has no use for it."""

    template_name = "web/password.html"
    success_url = reverse_lazy("home")
    post_reset_login = True

    def get_user(self, uidb64: str) -> User | None:
        user: User | None = super().get_user(uidb64)
        return user if user is not None and user.is_active else None


choose_password = ChoosePassword.as_view()


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Speak ``language`` from now on: kept with the user, before sign-in in a cookie; then back to ``next``."""
    language, following = request.POST.get("language", ""), request.POST.get("next", "")
    here = {request.get_host()}
    response = redirect(following if url_has_allowed_host_and_scheme(following, here, request.is_secure()) else "home")
    if language in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            choose_language(request.user, language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure()
        )
    return response
