-- What a customer has signed stands: neither lines, nor times, nor tasks of a signed work order change until it is
-- reopened, which takes the signature back first.
CREATE OR REPLACE FUNCTION public.hilvan_keep_signed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_record bigint := CASE WHEN TG_OP = 'INSERT' THEN new.record_id ELSE old.record_id END;
BEGIN
  IF EXISTS (SELECT FROM public.work_orders_workorder WHERE record_id = of_record AND signed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'What a customer has signed may not be changed.'
      USING ERRCODE = 'HV011', CONSTRAINT = 'signed_is_fixed';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;
END $$;

DROP TRIGGER IF EXISTS keep_signed ON public.trade_line;
CREATE TRIGGER keep_signed BEFORE INSERT OR UPDATE OR DELETE ON public.trade_line
  FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_signed();
DROP TRIGGER IF EXISTS keep_signed ON public.work_orders_time;
CREATE TRIGGER keep_signed BEFORE INSERT OR UPDATE OR DELETE ON public.work_orders_time
  FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_signed();
DROP TRIGGER IF EXISTS keep_signed ON public.work_orders_task;
CREATE TRIGGER keep_signed BEFORE INSERT OR UPDATE OR DELETE ON public.work_orders_task
  FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_signed();
