from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductsConfig(AppConfig):
    name = "hilvan.products"
    verbose_name = _("Products")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import PRODUCT

        kinds.register(PRODUCT)
