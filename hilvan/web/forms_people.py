"""The form of signing in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm

from hilvan.people import guesses

from .client import address_of


class SignInForm(AuthenticationForm):
    """Django's, which slows down who guesses: while a pause lasts, not even the right password is looked at."""

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username") or ""
        if not username or not self.cleaned_data.get("password"):
            return super().clean()
        assert self.request is not None
        limits = guesses.of_sign_in(username, address_of(self.request))
        guesses.take(limits)
        cleaned = super().clean()
        guesses.give_back(limits)
        return cleaned
