-- An activity's situations, the copies on its Record and the counts over time, kept by one trigger on activities_activity.
-- The function is put together from the situation's own columns, so that a column added to both tables is kept at once.
-- The sequence of an activity's event in calendars is no business change, as its generated columns are none.
do $install$
declare
  own text[];
  generated text[];
begin
  select array_agg(quote_ident(column_name) order by ordinal_position) into own
    from information_schema.columns
   where table_schema = 'public' and table_name = 'activities_situation' and is_generated = 'NEVER'
     and column_name not in ('id', 'activity_id', 'valid');
  select array_append(coalesce(array_agg(column_name::text), '{}'), 'sequence') into generated
    from information_schema.columns
   where table_schema = 'public' and table_name = 'activities_activity' and is_generated = 'ALWAYS';
  execute format($function$
create or replace function public.hilvan_keep_situation() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  before jsonb := case when tg_op = 'INSERT' then '{}'::jsonb else to_jsonb(old) end;
  after  jsonb := case when tg_op = 'DELETE' then '{}'::jsonb else to_jsonb(new) end;
  the_id bigint := case when tg_op = 'DELETE' then old.record_id else new.record_id end;
  the_company bigint := case when tg_op = 'DELETE' then old.company_id else new.company_id end;
  standing public.activities_situation;
  previous public.activities_situation;
  instant timestamptz;
  quarter timestamptz;
begin
  instant := public.hilvan_write_change(the_company, the_id, tg_table_name::text, the_id, left(tg_op, 1)::"char",
                                        before, after, null, %5$L);
  if instant is null then
    return null;
  end if;
  select * into standing from public.activities_situation s where s.activity_id = the_id and upper_inf(s.valid);
  if found and tg_op <> 'DELETE' and (%1$s) is not distinct from (%2$s) then
    null;  -- only the description changed
  elsif found and lower(standing.valid) >= instant then
    -- One instant, one situation: the last word counts. Where it undoes the change, the one before goes on.
    instant := lower(standing.valid);
    delete from public.activities_situation s where s.id = standing.id;
    select * into previous from public.activities_situation s where s.activity_id = the_id and upper(s.valid) = instant;
    if found and tg_op <> 'DELETE' and (%3$s) is not distinct from (%2$s) then
      update public.activities_situation s set valid = tstzrange(lower(previous.valid), null) where s.id = previous.id;
    elsif tg_op <> 'DELETE' then
      insert into public.activities_situation (activity_id, valid, %4$s) values (the_id, tstzrange(instant, null), %2$s);
    end if;
  else
    if found then
      update public.activities_situation s set valid = tstzrange(lower(standing.valid), instant) where s.id = standing.id;
    end if;
    if tg_op <> 'DELETE' then
      insert into public.activities_situation (activity_id, valid, %4$s) values (the_id, tstzrange(instant, null), %2$s);
    end if;
  end if;

  if tg_op <> 'DELETE' then
    update public.records_record r
       set title = new.subject, party_id = new.party_id, owner_id = new.assignee_id, team_id = new.team_id,
           archived_at = new.archived_at
     where r.id = the_id and (r.title, r.party_id, r.owner_id, r.team_id, r.archived_at)
           is distinct from (new.subject, new.party_id, new.assignee_id, new.team_id, new.archived_at);
  end if;

  quarter := date_bin('15 minutes', instant, '2000-01-01+00');
  if tg_op <> 'UPDATE'
     or (old.state, old.assignee_id, old.archived_at is null) is distinct from (new.state, new.assignee_id, new.archived_at is null) then
    if tg_op <> 'INSERT' and old.archived_at is null then
      insert into public.activities_countdelta (company_id, bucket, state, assignee_id, n)
        values (the_company, quarter, old.state, old.assignee_id, -1);
    end if;
    if tg_op <> 'DELETE' and new.archived_at is null then
      insert into public.activities_countdelta (company_id, bucket, state, assignee_id, n)
        values (the_company, quarter, new.state, new.assignee_id, 1);
    end if;
  end if;
  return null;
end $$
$function$,
    (select string_agg('standing.' || c, ', ') from unnest(own) c),
    (select string_agg('new.' || c, ', ') from unnest(own) c),
    (select string_agg('previous.' || c, ', ') from unnest(own) c),
    array_to_string(own, ', '),
    generated);
end $install$;

drop trigger if exists keep_situation on public.activities_activity;
create trigger keep_situation after insert or update or delete on public.activities_activity
  for each row execute function public.hilvan_keep_situation();

drop trigger if exists keep_fixed on public.activities_activity;
create trigger keep_fixed after update on public.activities_activity
  for each row execute function public.hilvan_refuse_change('company_id', 'record_id', 'origin_id');

-- Folds up to so many deltas into the net counts of their month, day (UTC) and quarter of an hour; answers how many.
-- Readers add what is not folded yet, in the same statement, so that a fold never shows.
create or replace function public.hilvan_fold_counts(how_many integer) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with taken as (
    delete from public.activities_countdelta d
     where d.id in (select x.id from public.activities_countdelta x order by x.id limit how_many for update skip locked)
    returning d.company_id, d.bucket, d.state, d.assignee_id, d.n
  ), folded as (
    insert into public.activities_count (company_id, level, bucket, state, assignee_id, n)
    select t.company_id, l.level,
           case l.level when 'quarter' then t.bucket else date_trunc(l.level, t.bucket, 'UTC') end as whole,
           t.state, t.assignee_id, sum(t.n)
      from taken t cross join (values ('month'), ('day'), ('quarter')) l(level)
     group by 1, 2, 3, 4, 5 having sum(t.n) <> 0 order by 1, 2, 3, 4, 5
    on conflict (company_id, level, bucket, state, assignee_id) do update set n = activities_count.n + excluded.n
  )
  select count(*) from taken
$$;
