"""Purchase order, goods receipt, supplier invoice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.records.models import Record
from hilvan.trade.models import CommercialDocument, Done


class OrderState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("purchase order", "Draft")
    SENT = "sent", pgettext_lazy("purchase order", "Sent")
    CANCELLED = "cancelled", pgettext_lazy("purchase order", "Cancelled")


class ReceptionState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("goods receipt", "Draft")
    RECEIVED = "received", pgettext_lazy("goods receipt", "Received")
    CANCELLED = "cancelled", pgettext_lazy("goods receipt", "Cancelled")


class PostingState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("supplier invoice", "Draft")
    POSTED = "posted", pgettext_lazy("supplier invoice", "Posted")
    CANCELLED = "cancelled", pgettext_lazy("supplier invoice", "Cancelled")


class PurchaseOrder(CommercialDocument):
    noted = {"received": "goods_receipt", "invoiced": "supplier_invoice"}

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_purchase_order")
    state = models.CharField(_("state"), max_length=10, choices=OrderState, default=OrderState.DRAFT)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    received = models.CharField(_("received"), max_length=8, choices=Done, default=Done.NOTHING)
    invoiced = models.CharField(_("invoiced"), max_length=8, choices=Done, default=Done.NOTHING)

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="purchase_order_state_known")
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="purchase_order_by_state")]


class GoodsReceipt(CommercialDocument):
    """``reference`` is the number of the supplier's delivery note."""

    takes_from = frozenset({"purchase_order"})
    noted = {"invoiced": "supplier_invoice"}

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_goods_receipt")
    state = models.CharField(_("state"), max_length=10, choices=ReceptionState, default=ReceptionState.DRAFT)
    invoiced = models.CharField(_("invoiced"), max_length=8, choices=Done, default=Done.NOTHING)

    class Meta:
        verbose_name = _("goods receipt")
        verbose_name_plural = _("goods receipts")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ReceptionState.values), name="goods_receipt_state_known")
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="goods_receipt_by_state")]


class SupplierInvoice(CommercialDocument):
    """``reference`` is the supplier's own number, ``dated`` the supplier's date; once posted both are settled."""

    takes_from = frozenset({"purchase_order", "goods_receipt"})

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_supplier_invoice")
    state = models.CharField(_("state"), max_length=10, choices=PostingState, default=PostingState.DRAFT)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    posted_on = models.DateField(_("posted on"), null=True, blank=True)

    class Meta:
        verbose_name = _("supplier invoice")
        verbose_name_plural = _("supplier invoices")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PostingState.values), name="supplier_invoice_state_known")
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="supplier_invoice_by_state")]
