-- The receipts of an invoice come to its total at most. The invoice is locked, so that two who add to its receipts at
-- once wait for each other.
CREATE OR REPLACE FUNCTION public.hilvan_keep_receipts_within_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  has numeric;
  asked numeric;
BEGIN
  SELECT total INTO has FROM public.sales_invoice
   WHERE record_id = new.invoice_id AND state = 'issued' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'invoice % has not been issued', new.invoice_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_of_an_issued_invoice', TABLE = 'receipts_receipt';
  END IF;
  SELECT sum(amount) INTO asked FROM public.receipts_receipt WHERE invoice_id = new.invoice_id AND NOT cancelled;
  IF asked > has THEN
    RAISE EXCEPTION 'invoice % is of %, and its receipts come to %', new.invoice_id, has, asked
      USING ERRCODE = 'check_violation', CONSTRAINT = 'receipts_within_invoice', TABLE = 'receipts_receipt';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS keep_within_invoice ON public.receipts_receipt;
CREATE TRIGGER keep_within_invoice AFTER INSERT OR UPDATE OF amount, invoice_id, cancelled ON public.receipts_receipt
  FOR EACH ROW WHEN (new.invoice_id IS NOT NULL) EXECUTE FUNCTION public.hilvan_keep_receipts_within_invoice();

-- What services note on receipts and invoices is true when a transaction ends: a receipt has collected the sum of its
-- payments, and an invoice is paid as far as its receipts are collected.
CREATE OR REPLACE FUNCTION public.hilvan_keep_collected() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  one jsonb;
BEGIN
  FOREACH one IN ARRAY ARRAY[to_jsonb(old), to_jsonb(new)] LOOP
    IF one ? 'record_id' AND EXISTS (
      SELECT FROM public.receipts_receipt r WHERE r.record_id = (one->>'record_id')::bigint AND r.collected <>
        (SELECT coalesce(sum(p.amount), 0) FROM public.receipts_payment p WHERE p.record_id = r.record_id)
    ) THEN
      RAISE EXCEPTION 'receipt % has not collected the sum of its payments', one->>'record_id'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_collected_by_payments', TABLE = 'receipts_receipt';
    END IF;
    IF EXISTS (
      SELECT FROM public.sales_invoice i
       WHERE i.record_id = CASE WHEN TG_TABLE_NAME = 'sales_invoice' THEN one->>'record_id' ELSE one->>'invoice_id' END::bigint
         AND i.paid <> (SELECT coalesce(sum(r.collected), 0) FROM public.receipts_receipt r
                         WHERE r.invoice_id = i.record_id AND NOT r.cancelled)
    ) THEN
      RAISE EXCEPTION 'an invoice is not paid as far as its receipts are collected'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_paid_by_receipts', TABLE = 'sales_invoice';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS keep_collected ON public.receipts_payment;
CREATE CONSTRAINT TRIGGER keep_collected AFTER INSERT OR UPDATE OR DELETE ON public.receipts_payment
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_collected();
DROP TRIGGER IF EXISTS keep_collected ON public.receipts_receipt;
CREATE CONSTRAINT TRIGGER keep_collected AFTER INSERT OR DELETE OR UPDATE OF collected, invoice_id, cancelled
  ON public.receipts_receipt DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_collected();
DROP TRIGGER IF EXISTS keep_collected ON public.sales_invoice;
CREATE CONSTRAINT TRIGGER keep_collected AFTER UPDATE OF paid ON public.sales_invoice
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_collected();
