-- What searches read: one document a record, kept by triggers whatever writes (docs/decisions/0014-search.md).

-- One word of a question: its stem; and where it is the last one, still being typed, what begins with it. Null for a stop
-- word. The weights ("BC") restrict it to these parts of a document. Short numbers are whole: 42 is not 4217.
create or replace function public.hilvan_word(word text, typing boolean, weights text) returns tsquery
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select nullif(concat_ws(' | ',
    (select '(' || string_agg(quote_literal(stem) || coalesce(':' || weights, ''), ' & ') || ')'
       from unnest(tsvector_to_array(public.hilvan_stems(plain))) stem),
    case when typing and plain !~ '^\d{1,5}$' then quote_literal(plain) || ':*' || coalesce(weights, '') end), '')::tsquery
    from (select replace(public.hilvan_words(word), ' ', '') as plain) p
   where plain <> ''
$$;

-- The records most like these words, the longest first: for mistypings. The first thousand that the index finds by the
-- three longest are compared. (The threshold is no SET of the function's: only who has loaded pg_trgm may create that one.)
create or replace function public.hilvan_resembling(the_company bigint, words text[], how_many integer) returns setof bigint
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
begin
  perform set_config('pg_trgm.word_similarity_threshold', '0.45', true);
  return query
    with alike as materialized (
      select d.record_id, (select min(word_similarity(w, d.key)) from unnest(words) w) as degree
        from public.records_document d
       where d.company_id = the_company and words[1] <% d.key
         and coalesce(words[2], words[1]) <% d.key and coalesce(words[3], words[1]) <% d.key
       limit 1000
    )
    select a.record_id from alike a
     where a.degree >= greatest(0.45, 0.85 * (select max(x.degree) from alike x))
     order by a.degree desc, a.record_id desc limit how_many;
end $$;

-- What a record is known by, as it is typed: each value as it stands and in one piece (of long numbers also the last nine
-- digits, a telephone's without its country).
create or replace function public.hilvan_known_by(columns jsonb, names text[]) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select coalesce(string_agg(concat_ws(' ', v, nullif(piece, v), case when piece ~ '^\d{10,15}$' then right(piece, 9) end), ' '), '')
    from unnest(names) n
   cross join lateral (select left(columns->>n, 1000) as v) one
   cross join lateral (select regexp_replace(v, '[^[:alnum:]]+', '', 'g') as piece) whole
   where v <> ''
$$;

create or replace function public.hilvan_prose(columns jsonb, names text[]) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select left(coalesce(string_agg(nullif(columns->>n, ''), ' '), ''), 20000) from unnest(names) n
$$;

-- Trigger of every kind's table. Arguments: the columns by which it is known; those with its prose.
create or replace function public.hilvan_keep_document() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.records_document (record_id, company_id, party_id, number, title, known_by, prose)
    select r.id, r.company_id, r.party_id, concat_ws(' ', r.number, nullif(r.ref, '')), r.title,
           public.hilvan_known_by(to_jsonb(new), string_to_array(tg_argv[0], ',')),
           public.hilvan_prose(to_jsonb(new), string_to_array(tg_argv[1], ','))
      from public.records_record r where r.id = new.record_id
    on conflict (record_id) do update set known_by = excluded.known_by, prose = excluded.prose;
  return null;
end $$;

-- Trigger of Record: what stands on it. Its birth waits for the row of its kind: one document is written, not two.
create or replace function public.hilvan_keep_heading() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    delete from public.records_document d where d.record_id = old.id;
  else
    update public.records_document d
       set party_id = new.party_id, number = concat_ws(' ', new.number, nullif(new.ref, '')), title = new.title
     where d.record_id = new.id;
  end if;
  return null;
end $$;

drop trigger if exists keep_heading on public.records_record;
create trigger keep_heading after update on public.records_record for each row
  when ((old.number, old.title, old.ref, old.party_id) is distinct from (new.number, new.title, new.ref, new.party_id))
  execute function public.hilvan_keep_heading();
drop trigger if exists drop_document on public.records_record;
create trigger drop_document after delete on public.records_record for each row execute function public.hilvan_keep_heading();
