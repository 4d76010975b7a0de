-- A line never gives more than it has: what documents of one kind take from it, directly or through the lines that
-- took from it, is at most its quantity. The line that gives is locked, so that two who take at once wait for each
-- other.
CREATE OR REPLACE FUNCTION public.hilvan_keep_left() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  giver bigint := CASE WHEN TG_OP = 'UPDATE' THEN new.id ELSE new.source_id END;
  has numeric;
  above bigint;
  taken numeric;
BEGIN
  WHILE giver IS NOT NULL LOOP
    SELECT l.quantity, l.source_id INTO has, above FROM public.trade_line l WHERE l.id = giver FOR NO KEY UPDATE;
    WITH RECURSIVE below AS (
      SELECT l.id, l.quantity, l.record_id FROM public.trade_line l WHERE l.source_id = giver AND NOT l.void
      UNION ALL
      SELECT l.id, l.quantity, l.record_id FROM below b
      JOIN public.trade_line l ON l.source_id = b.id AND NOT l.void
    )
    SELECT max(of_kind.quantity) INTO taken
      FROM (SELECT sum(b.quantity) AS quantity FROM below b JOIN public.records_record r ON r.id = b.record_id
             GROUP BY r.kind) of_kind;
    IF taken > has THEN
      RAISE EXCEPTION 'line % has %, and % is taken', giver, has, taken
        USING ERRCODE = 'check_violation', CONSTRAINT = 'line_takes_no_more_than_is_left', TABLE = 'trade_line';
    END IF;
    giver := above;
  END LOOP;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS keep_left ON public.trade_line;
CREATE TRIGGER keep_left AFTER INSERT OR UPDATE OF quantity, source_id, void ON public.trade_line
  FOR EACH ROW EXECUTE FUNCTION public.hilvan_keep_left();
