"""What the demo company sells and of whom it buys, in the words of ``texts``. All invented."""

from __future__ import annotations

from decimal import Decimal

# (name, street, postal code, town, province, days until it is paid)
SUPPLIERS = [
    ("Climatec Distribución S.A.", "Polígono San Valero, nave 61", "50013", "Zaragoza", "Zaragoza", 60),
    ("Calderas Ibón S.L.", "Carretera de Huesca, km 7", "50820", "San Juan de Mozarrifar", "Zaragoza", 30),
    ("Tubos y Conductos del Jalón S.L.", "Polígono La Charluca, parcela 12", "50300", "Calatayud", "Zaragoza", 30),
    ("Solar Monegros S. Coop.", "Avenida de Madrid 45", "22200", "Sariñena", "Huesca", 60),
    ("Controles Turia Electrónica S.L.", "Calle del Maestro Clavé 8", "46001", "Valencia", "Valencia", 30),
]

# code → (name, goods or service, unit, price, cost in euros, number of the supplier or None)
PRODUCTS: dict[str, tuple[str, str, str, str, str, int | None]] = {
    "AER-16": ("Bomba de calor aerotérmica 16 kW", "goods", "ud", "6480", "4390", 0),
    "AER-08": ("Bomba de calor aerotérmica 8 kW", "goods", "ud", "4120", "2780", 0),
    "ACU-300": ("Acumulador de ACS 300 l", "goods", "ud", "1290", "845", 1),
    "CAL-35": ("Caldera de condensación 35 kW", "goods", "ud", "2340", "1585", 1),
    "CAL-90": ("Caldera de condensación 90 kW", "goods", "ud", "5950", "4120", 1),
    "CON-12": ("Equipo de conductos 12 kW", "goods", "ud", "3180", "2090", 0),
    "SPL-35": ("Split de pared 3,5 kW R-32", "goods", "ud", "785", "498", 0),
    "REC-500": ("Recuperador de calor 500 m³/h", "goods", "ud", "2150", "1420", 0),
    "COR-15": ("Cortina de aire 1,5 m", "goods", "ud", "940", "610", 0),
    "EXT-2000": ("Extractor de cocina 2.000 m³/h", "goods", "ud", "1380", "905", 2),
    "MOD-450": ("Módulo fotovoltaico 450 W", "goods", "ud", "168", "97", 3),
    "INV-10": ("Inversor híbrido 10 kW", "goods", "ud", "2490", "1710", 3),
    "SUE-RAD": ("Suelo radiante, tubo y placa", "goods", "m²", "31.50", "18.20", 2),
    "CON-FIB": ("Conducto de fibra de alta densidad", "goods", "m²", "27.80", "15.60", 2),
    "TUB-COB": ("Tubería de cobre aislada", "goods", "m", "16.40", "9.10", 2),
    "REJ-60": ("Rejilla de impulsión 600 × 150", "goods", "ud", "38", "19.50", 2),
    "CNT-ENE": ("Contador de energía térmica", "goods", "ud", "312", "204", 4),
    "PAS-TEL": ("Pasarela de telegestión", "goods", "ud", "465", "298", 4),
    "TER-WIFI": ("Termostato WiFi", "goods", "ud", "129", "74", 4),
    "FIL-G4": ("Juego de filtros G4", "goods", "ud", "24.50", "11.80", 2),
    "MO-OFI": ("Mano de obra, oficial de 1.ª", "service", "h", "38", "24", None),
    "PM-EQU": ("Puesta en marcha y legalización", "service", "ud", "390", "180", None),
    "PRO-TEC": ("Proyecto técnico y dirección de obra", "service", "ud", "1250", "700", None),
    "MNT-MES": ("Cuota mensual de mantenimiento", "service", "mes", "96", "48", None),
    "MNT-ANO": ("Contrato anual de mantenimiento", "service", "año", "1060", "560", None),
    "DES-ZAR": ("Desplazamiento", "service", "ud", "32", "18", None),
}

# What is wanted (``texts.WANTED``) → the products of its quote, and what share of the amount each comes to.
SPLIT = "Tres equipos split para {place}"
RECIPES = {
    "Aerotermia para {place}": [("AER-16", 0.62), ("ACU-300", 0.1), ("TUB-COB", 0.08), ("MO-OFI", 0.16), ("PM-EQU", 0)],
    "Sustitución de la caldera de {place}": [("CAL-35", 0.66), ("TUB-COB", 0.1), ("MO-OFI", 0.2), ("PM-EQU", 0)],
    "Climatización por conductos de {place}": [
        ("CON-12", 0.5), ("CON-FIB", 0.18), ("REJ-60", 0.08), ("MO-OFI", 0.18), ("PM-EQU", 0),
    ],
    "Contrato de mantenimiento anual": [("MNT-ANO", 0.9), ("FIL-G4", 0.06), ("DES-ZAR", 0.04)],
    "Ventilación con recuperador en {place}": [("REC-500", 0.6), ("CON-FIB", 0.16), ("MO-OFI", 0.2)],
    SPLIT: [("SPL-35", 0.68), ("TUB-COB", 0.12), ("MO-OFI", 0.2)],
    "Fotovoltaica en la cubierta con bomba de calor": [
        ("MOD-450", 0.34), ("INV-10", 0.2), ("AER-08", 0.2), ("MO-OFI", 0.16), ("PRO-TEC", 0),
    ],
    "Suelo radiante en {place}": [("SUE-RAD", 0.55), ("AER-08", 0.25), ("MO-OFI", 0.2)],
    "Telegestión y contadores de energía": [("CNT-ENE", 0.5), ("PAS-TEL", 0.2), ("TER-WIFI", 0.1), ("MO-OFI", 0.2)],
    "Reforma de la instalación de {place}": [
        ("CAL-90", 0.42), ("TUB-COB", 0.18), ("MO-OFI", 0.3), ("PRO-TEC", 0), ("PM-EQU", 0),
    ],
    "Cortina de aire en {place}": [("COR-15", 0.75), ("MO-OFI", 0.2), ("DES-ZAR", 0)],
    "Extracción de humos de {place}": [("EXT-2000", 0.6), ("CON-FIB", 0.16), ("MO-OFI", 0.22), ("DES-ZAR", 0)],
}  # fmt: skip

MAINTAINED = {
    "shop": ("96", 1), "clinic": ("96", 1), "homes": ("88", 2), "office": ("96", 2), "school": ("92", 3),
    "works": ("110", 3), "care": ("92", 4), "hotel": ("92", 5),
}  # fmt: skip
"""What such a customer is → euros a month for each of so many machines that are looked after."""

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip

REJECTED = [
    "Prefiere la oferta de otro instalador.",
    "Se le va de presupuesto.",
    "Deja la obra para el año que viene.",
    "No obtiene la subvención.",
]
RETURNED = ["Saldo insuficiente (AM04)", "Orden del deudor (MS02)", "Cuenta cancelada (AC04)"]
CANCELLED = ["El cliente aplaza la obra.", "Pedido duplicado."]
NO_STOCK = "El proveedor no tiene existencias hasta dentro de dos meses."
CREDITED = "Se facturó una unidad de más."
NOTES = [
    "Habla siempre con la encargada: es quien decide.\n\n- Prefiere que vayamos **antes de las 10**\n"
    "- La llave la tiene el bar de al lado",
    "@soporte, que lleven la escalera larga: el equipo está a 4 m.",
    "Pide que la factura salga a nombre de la sociedad y no del local.",
    "Nos compara con otros dos. El precio le parece bien; lo que le preocupa es el **plazo**.",
    "@soporte, ¿queda garantía de la placa? La cambiamos en primavera.",
    "Ha pagado siempre al día. Se le puede dar algo más de plazo si lo pide.",
]


def recipe(wanted: str, amount: Decimal) -> list[tuple[str, Decimal]]:
    """The products of a quote about something of ``texts.WANTED``, and how many of each, for about so many euros."""
    return [
        (code, Decimal(max(1, round(float(amount) * share / float(PRODUCTS[code][3])))))
        for code, share in RECIPES[wanted]
    ]


def of_supplier(number: int) -> list[str]:
    return [code for code, product in PRODUCTS.items() if product[5] == number]


def by_the(code: str) -> tuple[int, ...]:
    """How many of a product are bought at once: few of what is dear."""
    return (2, 2, 3) if float(PRODUCTS[code][4]) > 400 else (10, 20, 40)
