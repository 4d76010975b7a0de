"""The code of the first use."""

from __future__ import annotations

from django.db import models


class FirstUseCode(models.Model):
    """The one code that now lets somebody set up this installation: its digest alone, see ``services.new_code``."""

    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"code of {self.created_at}"
