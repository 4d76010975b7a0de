"""Sign-in with user name and password."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from .models import User


class PasswordBackend(ModelBackend):
    """Django's own; the user of a request comes with company and role, which every page asks for, in one query."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("company", "role").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
