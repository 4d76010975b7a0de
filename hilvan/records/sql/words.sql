-- How a text becomes words that can be searched: its own and the question's alike. Run by the migration too, since a document's
-- vector is a generated column.

-- A text as words: folded, all else than letters and digits a blank. (So the parser sees no addresses, versions or signs.)
create or replace function public.hilvan_words(value text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  select regexp_replace(public.hilvan_plain(value), '[^[:alnum:]]+', ' ', 'g')
$$;

-- Words as the stemmer takes them: numbers without their leading zeros, and "-cion", which it knows with its accent alone,
-- in the plural, which it knows: so "reparacion", "reparación" and "reparaciones" are one.
create or replace function public.hilvan_stems(words text) returns tsvector
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  select to_tsvector('pg_catalog.spanish',
                     regexp_replace(regexp_replace(words, 'cion\M', 'ciones', 'g'), '\m0+(\d)', '\1', 'g'))
$$;

-- Both the words as they stand, for beginnings of words, and their stems.
create or replace function public.hilvan_vector(number text, title text, known_by text, prose text) returns tsvector
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  select setweight(to_tsvector('pg_catalog.simple', n) || public.hilvan_stems(n), 'A')
      || setweight(to_tsvector('pg_catalog.simple', t) || public.hilvan_stems(t), 'B')
      || setweight(to_tsvector('pg_catalog.simple', k) || public.hilvan_stems(k), 'C')
      || setweight(to_tsvector('pg_catalog.simple', p) || public.hilvan_stems(p), 'D')
    from (select public.hilvan_words(number) as n, public.hilvan_words(title) as t, public.hilvan_words(known_by) as k,
                 public.hilvan_words(prose) as p) parts
$$;

-- What mistypings are compared with, and signs looked for in.
create or replace function public.hilvan_key(number text, title text, known_by text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  select public.hilvan_plain(number || ' ' || title || ' ' || known_by)
$$;
