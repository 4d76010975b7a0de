-- A text without case and accents, ñ after n: what lists sort by (collation "C") and search in, the same on every server.
-- NFD takes letters and marks apart (first, since in a C locale lower() knows ASCII alone); ñ keeps a mark of its own
-- ('~' sorts after every letter); all other marks go.
create or replace function public.hilvan_fold(value text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  select regexp_replace(replace(lower(normalize(value, NFD)), U&'n\0303', 'n~'), U&'[\0300-\036F]', '', 'g')
$$;

-- The same with ñ as n: what searches compare.
create or replace function public.hilvan_plain(value text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  select replace(public.hilvan_fold(value), '~', '')
$$;
