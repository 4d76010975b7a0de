"""How products come in from tables."""

from __future__ import annotations

from hilvan.records.kinds import Importing

from . import services

WORDS = {
    **dict.fromkeys(("product", "stockable", "consumable", "bienes", "producto", "artículo", "material"), "goods"),
    **dict.fromkeys(("services", "labour", "servicios", "mano de obra"), "service"),
}

PRODUCTS = Importing(
    draft=services.draft_product,
    same_by=("code", "title"),
    synonyms={
        "title": ("product", "product name", "item", "producto", "artículo", "nombre", "denominación"),
        "code": ("sku", "referencia", "product code", "item code", "part number", "ref.", "código de artículo"),
        "nature": ("type", "product type", "tipo", "tipo de producto"),
        "unit": ("uom", "unit of measure", "unidad de medida", "ud", "ud."),
        "price": ("sales price", "list price", "unit price", "pvp", "tarifa", "precio de venta", "precio unitario"),
        "cost": ("cost price", "purchase price", "coste", "precio de coste", "precio de compra"),
        "vat_rate": ("vat", "tax", "tax rate", "iva", "tipo de iva"),
        "owner": ("product manager", "responsable"),
        "description": ("notes", "observaciones", "detalle"),
    },
    words={"nature": lambda: WORDS},
)
