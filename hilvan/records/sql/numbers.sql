-- The next numbers of a series, which is a company's, a kind's prefix and a year: a sequence each, so that nobody waits for
-- another's transaction; a rollback leaves a gap. (Invoices, which may have none, will take theirs from a locked row.)
create or replace function public.hilvan_next_numbers(the_company bigint, prefix text, year integer, how_many integer default 1)
returns setof bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  series text := format('series_%s_%s_%s', the_company, lower(prefix), year);
begin
  if prefix !~ '^[A-Z]{2,8}$' or year not between 1900 and 2999 then
    raise exception 'No series has the prefix % and the year %.', prefix, year;
  end if;
  if to_regclass('public.' || series) is null then
    perform pg_advisory_xact_lock(hashtext(series));  -- two who give the first number of a year at once
    execute format('create sequence if not exists public.%I', series);
  end if;
  return query execute format('select nextval(%L) from generate_series(1, $1)', 'public.' || series) using how_many;
end $$;
