"""What is printed: exactly what the documents say, in the language of whoever gets them, and never as markup."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from hilvan.printing import printer
from hilvan.printing.documents import printed
from hilvan.printing.services import put_letterhead
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.trade.models import PaymentTerms
from tests.api.client import Program
from tests.every_kind.making import born
from tests.pages import signed_in
from tests.world import World

every_printed_kind = pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=kind.name) for kind in kinds if kind.sheet is not None]
)
OVEN = {"description": "Horno de leña", "quantity": Decimal(1), "unit": "ud", "price": Decimal("1000")}
FLOUR = {
    "description": "Harina",
    "quantity": Decimal(20),
    "unit": "kg",
    "price": Decimal("1.25"),
    "vat_rate": Decimal(10),
}
IBAN = "ES91 2100 0418 4502 0005 1332"


def of(record: Record) -> PdfReader:
    found = printed(Record.objects.get(pk=record.pk))
    assert found is not None
    return PdfReader(BytesIO(found.content))


def pages(record: Record) -> list[str]:
    """The text of each page, its blanks and ends of lines made one blank each."""
    return [re.sub(r"\s+", " ", page.extract_text().replace("\u200b", "")) for page in of(record).pages]


def text(record: Record) -> str:
    return " ".join(pages(record))


def letterhead(world: World) -> None:
    world.company.tax_id = "B00500017"
    world.company.save(update_fields=["tax_id"])
    put_letterhead(
        by=world.jefa, address="Calle E, nave 14\n50016 Zaragoza", phone="976 123 456", iban=IBAN,
        registry="Registro Mercantil de Zaragoza, tomo 1234",
    )  # fmt: skip


def invoice(world: World, *lines: dict[str, Any], issued: bool = True, **fields: Any) -> Record:
    fields.setdefault("party", world.customer("Panadería Sol S.L.", tax_id="", address="Calle Mayor 1", city="Huesca"))
    billing = {"billing_tax_id": "B50123457", "billing_address": "Calle Mayor 1\n22001 Huesca"}
    record = world.record("invoice", lines=list(lines or (OVEN, FLOUR)), **{**billing, **fields})
    if issued:
        world.do(record, "issue")
    return Record.objects.get(pk=record.pk)


def credit(world: World, rectified: Record, **fields: Any) -> Record:
    fields.setdefault("lines", [OVEN, FLOUR])
    return world.record("credit_note", party=rectified.party, rectifies=rectified, **fields)


@every_printed_kind
def test_whoever_sees_a_record_gets_its_pdf_and_to_others_it_does_not_exist(kind: Kind, world: World) -> None:
    record = born(kind, world)
    answer = signed_in(world.ana).get(f"/{kind.path}/{record.number}/pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline; filename")
    assert record.number in answer.headers["Content-Disposition"]
    assert record.number in PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    answer = Program(world.ana).client.get(f"/api/v1/records/{record.uuid}/pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    for outsider in (world.eva, world.zoe):
        assert signed_in(outsider).get(f"/{kind.path}/{record.number}/pdf").status_code == 404
        assert Program(outsider).client.get(f"/api/v1/records/{record.number}/pdf").status_code == 404


def test_of_a_kind_that_is_not_printed_there_is_no_pdf_and_no_button(world: World) -> None:
    customer = world.customer()
    client = signed_in(world.ana)
    assert client.get(f"/customers/{customer.number}/pdf").status_code == 404
    assert Program(world.ana).client.get(f"/api/v1/records/{customer.number}/pdf").status_code == 404
    assert "/pdf" not in client.get(f"/customers/{customer.number}").content.decode()
    record = invoice(world)
    assert f'href="/invoices/{record.number}/pdf"' in client.get(f"/invoices/{record.number}").content.decode()


def test_an_invoice_says_all_that_the_law_asks_and_what_it_says_is_right(world: World) -> None:
    letterhead(world)
    terms = PaymentTerms.objects.get(company=world.company, days=[30, 60])
    record = invoice(
        world, OVEN, FLOUR, {**OVEN, "description": "Montaje", "discount": Decimal(50)}, dated=dt.date(2026, 3, 1),
        regime="surcharge", withholding_rate=Decimal(15), terms=terms, payment_method="transfer", reference="PO-7",
    )  # fmt: skip
    # 1000 + 20 × 1.25 + 1000 at half; 21 % and 5.2 % of 1500, 10 % and 1.4 % of 25; 15 % of 1525 withheld
    assert pages(record) == [
        "Talleres Ebro S.L. B00500017 Calle E, nave 14 50016 Zaragoza 976 123 456 "
        f"Factura Número {record.number} Fecha 01/03/2026 Su referencia PO-7 "
        "Cliente Panadería Sol S.L. B50123457 Calle Mayor 1 22001 Huesca "
        "Descripción Cantidad Precio Dto. IVA Importe "
        "Horno de leña 1 ud 1.000,00 21 % 1.000,00 € "
        "Harina 20 kg 1,25 10 % 25,00 € "
        "Montaje 1 ud 1.000,00 50 % 21 % 500,00 € "
        "IVA Base imponible Cuota de IVA Tipo de recargo Recargo "
        "21 % 1.500,00 € 315,00 € 5,2 % 78,00 € "
        "10 % 25,00 € 2,50 € 1,4 % 0,35 € "
        "Base imponible 1.525,00 € IVA 317,50 € Recargo de equivalencia 78,35 € Retención (IRPF) 15 % -228,75 € "
        "Total 1.692,10 € "
        f"Pago Forma de pago Transferencia A nuestra cuenta {IBAN} "
        "Vence el 31/03/2026 846,05 € Vence el 30/04/2026 846,05 € "
        f"Registro Mercantil de Zaragoza, tomo 1234 {record.number} · Página 1 de 1"
    ]


def test_a_customer_gets_its_documents_in_its_own_language(world: World) -> None:
    record = invoice(world, party=world.customer("Sunrise Bakeries", language="en"), dated=dt.date(2026, 3, 31))
    told = text(record)
    found = printed(record)
    assert found is not None
    assert found.name == f"Invoice {record.number}.pdf"
    assert f"Invoice Number {record.number} Date 31/03/2026 Customer Sunrise Bakeries" in told
    assert "Horno de leña 1 ud 1,000.00 21 % €1,000.00" in told
    assert "Total €1,237.50" in told
    assert "Total -€1,237.50" in text(credit(world, record))
    assert told.endswith("Page 1 of 1")
    assert str(of(record).root_object["/Lang"]) == "en"


@pytest.mark.parametrize(
    ("fields", "mention"),
    [
        ({"regime": "reverse_charge"}, "Inversión del sujeto pasivo"),
        ({"regime": "intra_community"}, "Exento de IVA: entrega intracomunitaria (art. 25 LIVA"),
        ({"regime": "export"}, "Exento de IVA: exportación (art. 21 LIVA"),
        ({"lines": [{**OVEN, "treatment": "E1"}]}, "Exento de IVA (art. 20 LIVA)."),
        ({"lines": [{**OVEN, "treatment": "N2"}]}, "No sujeto a IVA por reglas de localización"),
    ],
)
def test_what_bears_no_vat_says_why(world: World, fields: dict[str, Any], mention: str) -> None:
    told = text(invoice(world, *fields.pop("lines", ()), issued=False, **fields))
    assert mention in told
    assert "IVA 0,00 €" in told
    assert mention not in text(invoice(world, issued=False))


def test_a_draft_and_what_was_cancelled_say_so_on_every_page(world: World) -> None:
    draft = invoice(world, *[OVEN] * 60, issued=False)
    assert len(pages(draft)) > 1
    assert all("BORRADOR" in page for page in pages(draft))
    world.do(draft, "issue")
    assert "BORRADOR" not in text(draft).upper()
    order = world.record("sales_order", party=world.customer(), lines=[OVEN])
    world.do(order, "cancel", reason="Se equivocó")
    assert "ANULADO" in text(order)


def test_a_simplified_invoice_is_called_so(world: World) -> None:
    small = {**OVEN, "price": Decimal(10)}
    record = invoice(world, small, party=world.customer("De paso"), billing_tax_id="", billing_address="")
    assert "Factura simplificada Número" in text(record)
    assert "Factura simplificada" not in text(invoice(world, small))


def test_from_2027_an_invoice_says_that_it_leaves_no_record(world: World) -> None:
    told = "Sin validez como factura"
    assert told in text(invoice(world, issued=False, dated=dt.date(2027, 1, 1)))
    assert told not in text(invoice(world, issued=False, dated=dt.date(2026, 12, 31)))


def test_a_credit_note_names_what_it_rectifies_and_why_and_its_amounts_are_negative(world: World) -> None:
    rectified = invoice(world, dated=dt.date(2026, 3, 1))
    note = credit(world, rectified, reason="Devolución", dated=dt.date(2026, 3, 2), lines=[FLOUR])
    told = text(note)
    assert f"Rectifica la factura {rectified.number} De fecha 01/03/2026 Causa R1" in told
    assert "Motivo Devolución" in told
    assert "Harina -20 kg 1,25 10 % -25,00 €" in told
    assert "Total -27,50 €" in told


def test_a_delivery_note_without_prices_tells_nothing_of_money(world: World) -> None:
    order = world.record("sales_order", party=world.customer(), lines=[{**OVEN, "price": Decimal(0)}])
    world.do(order, "confirm")
    line = order.lines.get()
    note = world.record(
        "delivery_note", party=order.party, lines=[{**OVEN, "price": Decimal(0), "source": line.pk}],
        delivery_address="Nave 3, Cogullada",
    )  # fmt: skip
    told = text(note)
    assert f"Pedido {order.number}" in told
    assert "Dirección de entrega Nave 3, Cogullada Descripción Cantidad Horno de leña 1 ud" in told
    assert "€" not in told
    assert "IVA" not in told


def test_what_a_customer_is_debited_from_is_covered(world: World) -> None:
    party = world.customer(iban="ES9121000418450200051332")
    told = text(invoice(world, party=party, payment_method="direct_debit"))
    assert "Cargo en la cuenta ES91 •••• 1332" in told
    assert "0418" not in told


def test_a_receipt_says_what_came_in_and_what_is_still_due(world: World) -> None:
    letterhead(world)
    receipt = world.record(
        "receipt", party=world.customer(), title="Cuota de marzo", amount=Decimal("120.50"), method="transfer",
        due_on=dt.date(2026, 3, 31),
    )  # fmt: skip
    assert f"Importe a pagar 120,50 € Pago A nuestra cuenta {IBAN}" in text(receipt)
    world.do(receipt, "collect", amount=Decimal(20), paid_on=dt.date(2026, 3, 5))
    told = text(receipt)
    assert told.startswith("Talleres Ebro S.L. B00500017")
    assert f"Recibo Número {receipt.number} Vence el 31/03/2026" in told
    assert "Cuota de marzo 31/03/2026 120,50 €" in told
    assert "05/03/2026 20,00 €" in told
    assert "Queda por pagar 100,50 €" in told


def test_a_long_document_has_the_head_of_its_table_on_each_page_and_no_line_is_lost(world: World) -> None:
    lines = [{**OVEN, "description": f"Pieza n.º {at};"} for at in range(1, 41)]
    found = pages(invoice(world, *lines))
    assert len(found) == 2
    for at, page in enumerate(found, 1):
        assert "Descripción Cantidad Precio IVA Importe" in page
        assert page.endswith(f"Página {at} de 2")
    assert re.findall(r"Pieza n\.º (\d+);", " ".join(found)) == [str(at) for at in range(1, 41)]


NAUGHTY = [
    '#read("/etc/passwd")',
    "#panic()", "*negrita* _cursiva_ $x^2$", "`código` @ref <etiqueta> [a](b)", "\\ \\u{41} \\n",
    "= Título", "// comentario", "/* a */", "<b>x</b> &amp; {{ 7*7 }}", "{n} {all}", '#import "@preview/x:1.0.0"',
    "'; DROP TABLE--", "%s %(n)s", "€ ñ Ω Ж",
]  # fmt: skip


@pytest.mark.parametrize("naughty", NAUGHTY)
def test_whatever_is_written_is_text(world: World, naughty: str) -> None:
    record = invoice(
        world, {**OVEN, "description": naughty, "unit": "#x*"}, issued=False, notes=naughty, reference=naughty,
        billing_name=naughty, billing_address=naughty,
    )  # fmt: skip
    assert text(record).count(naughty) == 5
    assert "1 #x*" in text(record)


def test_other_scripts_have_their_signs(world: World) -> None:
    told = text(invoice(world, issued=False, notes="Ωμέγα Жук שלום العربية Հայ ქართ ☎"))
    assert {"Ωμέγα", "Жук", "Հայ", "ქართ", "☎"} <= set(told.split())
    assert set("שלום") <= set(told)
    assert "\x00" not in told


def test_signs_without_a_shape_are_left_out_and_lines_stay_lines(world: World) -> None:
    record = invoice(world, issued=False, notes="uno\r\ndos\ttres\x07\x1b[31m\x85")
    assert "Notas uno dos tres[31m" in text(record)


def test_words_that_no_column_holds_stay_within_the_page(world: World) -> None:
    endless = "W" * 250
    record = invoice(
        world, {**OVEN, "description": endless * 3}, issued=False, billing_name=endless, notes=endless * 4,
        reference=endless[:100],
    )  # fmt: skip
    assert sum(page.count("W") for page in pages(record)) == 250 * 8 + 100
    edge = 210 / 25.4 * 72
    for page in of(record).pages:
        beyond: list[float] = []

        def visit(
            _text: str, _cm: Any, tm: list[float], _font: Any, _size: float, beyond: list[float] = beyond
        ) -> None:
            beyond.append(tm[4])

        page.extract_text(visitor_text=visit)
        assert max(beyond) < edge


def test_a_pdf_costs_as_many_queries_for_forty_lines_as_for_one(world: World) -> None:
    def queries(record: Record) -> int:
        fresh = Record.objects.get(pk=record.pk)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            printed(fresh)
        return len(asked)

    assert queries(invoice(world, OVEN)) == queries(invoice(world, *[OVEN] * 40))


@pytest.mark.parametrize("template", [b'#read("/etc/hostname")', b'#read("../../../../etc/hostname")'])
def test_nothing_outside_of_its_folder_can_be_read(template: bytes) -> None:
    with pytest.raises(printer.Failed):
        printer._compiled(template, "{}", {})
