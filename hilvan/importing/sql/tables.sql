-- What became of imported records after their birth, in the order given: each step at its own past instant, by an ordinary
-- UPDATE with the application's rights, so that the ordinary triggers write the history. In one query, since a statement
-- for each step costs many times what the step does.
-- Steps: [{"table", "record", "at", "verb", "note", "columns": {column: value}}]
create or replace function public.hilvan_import_steps(import_batch uuid, steps jsonb) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  step jsonb;
  columns text;
begin
  for step in select value from jsonb_array_elements(steps) loop
    perform public.hilvan_write_at((step->>'at')::timestamptz, import_batch),
            set_config('hilvan.verb', step->>'verb', true), set_config('hilvan.note', step->>'note', true);
    select string_agg(quote_ident(k), ', ') into columns from jsonb_object_keys(step->'columns') k;
    execute format('update public.%I set (%s) = (select %s from jsonb_populate_record(null::public.%1$I, $1)) where record_id = $2',
                   step->>'table', columns, columns)
      using step->'columns', (step->>'record')::bigint;
  end loop;
end $$;
