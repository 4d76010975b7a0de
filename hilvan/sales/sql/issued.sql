-- An issued invoice or credit note is never changed: neither its row, nor its lines, nor its number and party.
-- (RD 1619/2012, art. 15: what was wrong is rectified by another invoice.) What was collected of it, and what
-- credit notes took back, may be noted.
CREATE OR REPLACE FUNCTION public.hilvan_keep_issued() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  noted CONSTANT text[] := ARRAY['paid', 'rectified'];
BEGIN
  IF old.state = 'issued' AND (TG_OP = 'DELETE' OR to_jsonb(old) - noted IS DISTINCT FROM to_jsonb(new) - noted) THEN
    RAISE EXCEPTION 'An issued document may not be changed.' USING ERRCODE = 'HV010', CONSTRAINT = 'issued_is_final';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;
END $$;

CREATE OR REPLACE FUNCTION public.hilvan_keep_issued_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_record bigint := CASE WHEN TG_OP = 'INSERT' THEN new.record_id ELSE old.record_id END;
BEGIN
  IF EXISTS (SELECT FROM public.sales_invoice WHERE record_id = of_record AND state = 'issued')
     OR EXISTS (SELECT FROM public.sales_creditnote WHERE record_id = of_record AND state = 'issued') THEN
    RAISE EXCEPTION 'The lines of an issued document may not be changed.'
      USING ERRCODE = 'HV010', CONSTRAINT = 'issued_is_final';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;
END $$;

CREATE OR REPLACE FUNCTION public.hilvan_keep_issued_head() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM public.sales_invoice WHERE record_id = old.id AND state = 'issued')
     OR EXISTS (SELECT FROM public.sales_creditnote WHERE record_id = old.id AND state = 'issued') THEN
    RAISE EXCEPTION 'The number and the party of an issued document may not be changed.'
      USING ERRCODE = 'HV010', CONSTRAINT = 'issued_is_final';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;
END $$;

DROP TRIGGER IF EXISTS keep_issued ON public.sales_invoice;
CREATE TRIGGER keep_issued BEFORE UPDATE OR DELETE ON public.sales_invoice
  FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_issued();
DROP TRIGGER IF EXISTS keep_issued ON public.sales_creditnote;
CREATE TRIGGER keep_issued BEFORE UPDATE OR DELETE ON public.sales_creditnote
  FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_issued();
DROP TRIGGER IF EXISTS keep_issued ON public.trade_line;
CREATE TRIGGER keep_issued BEFORE INSERT OR UPDATE OR DELETE ON public.trade_line
  FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_issued_lines();
DROP TRIGGER IF EXISTS keep_issued ON public.records_record;
CREATE TRIGGER keep_issued BEFORE UPDATE ON public.records_record FOR EACH ROW
  WHEN (old.kind IN ('invoice', 'credit_note')
        AND (old.number, old.party_id) IS DISTINCT FROM (new.number, new.party_id))
  EXECUTE FUNCTION public.hilvan_keep_issued_head();
