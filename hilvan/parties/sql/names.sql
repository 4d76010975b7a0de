-- What a company is called in trade: without case, accents, punctuation and the legal form at the end. A name that is
-- nothing else keeps it.
create or replace function public.hilvan_trade_name(value text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  select regexp_replace(
    btrim(regexp_replace(replace(public.hilvan_plain(value), '.', ''), '[^[:alnum:]]+', ' ', 'g')),
    '( (s ?l ?(u|l|p|ne)?|s ?a ?(u|l|d)?|s ?coop( ?[a-z])?|s ?c ?p?|c ?b|sociedad (limitada|anonima)( unipersonal| laboral)?|ltd|limited|gmbh|inc|sarl|sas|srl|spa|lda))+$',
    '')
$$;

-- The customers' names by likeness, a company's own together.
create index if not exists customer_by_trade_name on public.records_record
  using gist (company_id, public.hilvan_trade_name(title) gist_trgm_ops) where kind = 'customer';
