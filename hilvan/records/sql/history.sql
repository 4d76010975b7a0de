-- The database writes the history (docs/architecture.md, "History"). Installed anew by every `hilvan migrate`.
--
-- Every function here is SECURITY DEFINER with a fixed search_path and qualified names: the application's role may not
-- write these tables itself, and a temporary table of the same name would otherwise swallow the history. The triggers
-- also fix the time zone: instants stand in the history in UTC, whatever the zone of the session that changed them.

-- The instant at which this transaction writes: the clock's at its first change, for all of its rows.
-- Not now(): a transaction that began earlier can commit later.
create or replace function public.hilvan_instant() returns timestamptz
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce((select max(c.recorded_at) from public.records_change c where c.transaction = pg_current_xact_id()),
                  clock_timestamp())
$$;

-- Whether what is answered as of this instant can no longer change: it lies further back than a transaction may last, and
-- none is open that counts from before it. (Such a one holds a lock on the second of its instant, see hilvan_write_change;
-- the limit alone would not do: SET CONSTRAINTS can have it checked too early.) Ask before reading the answer: it would
-- lack what is committed in between.
create or replace function public.hilvan_is_settled(instant timestamptz) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select instant < clock_timestamp() - interval '30 seconds' and not exists (
    select from pg_locks l
     where l.locktype = 'advisory' and l.classid = 1212829270::oid and l.objsubid = 2
       and l.database = (select d.oid from pg_database d where d.datname = current_database())
       and l.objid::bigint <= extract(epoch from instant - timestamptz '2000-01-01+00'))
$$;

-- From here on this transaction writes at a past instant: the only way by which one enters. With no instant, births
-- count from the record's own created_at. Ends with the transaction, or with hilvan_write_now().
create or replace function public.hilvan_write_at(instant timestamptz, import_batch uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if instant > clock_timestamp() then
    raise exception 'The instant % lies in the future.', instant using errcode = 'HV003';
  end if;
  if import_batch is null then
    raise exception 'An import needs the identifier of its batch.' using errcode = 'HV003';
  end if;
  insert into public.records_pastinstant (transaction, at, batch) values (pg_current_xact_id(), instant, import_batch)
    on conflict (transaction) do update set at = excluded.at, batch = excluded.batch;
end $$;

create or replace function public.hilvan_write_now() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  delete from public.records_pastinstant p
   where p.transaction = pg_current_xact_id() or p.transaction < pg_snapshot_xmin(pg_current_snapshot())
$$;

-- Writes one Change with its payload and answers the instant for which it counts; null where nothing changed.
-- A record's history never runs backwards: a change counts from the transaction's instant, or from just after the
-- record's last change where another transaction made that one later. An import may add only what is not before the
-- record's last change, and nothing to a record that has been changed in Hilván since.
create or replace function public.hilvan_write_change(
  the_company bigint, the_record bigint, the_table text, the_row bigint, op "char", before jsonb, after jsonb,
  born_at timestamptz, ignored text[]) returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  diff jsonb;
  data jsonb;
  this_tx xid8 := pg_current_xact_id();
  written timestamptz := public.hilvan_instant();
  counts timestamptz := written;
  latest record;
  past record;
  new_id bigint;
begin
  select jsonb_object_agg(k, jsonb_build_array(before->k, after->k)) into diff
    from jsonb_object_keys(before || after) k
   where k <> all (ignored) and coalesce(before->k, 'null') is distinct from coalesce(after->k, 'null');
  if diff is null and op = 'U' then
    return null;
  end if;
  select p.at, p.batch into past from public.records_pastinstant p where p.transaction = this_tx;
  if past.batch is null and born_at between written - interval '2 seconds' and written
     and not exists (select from public.records_change c where c.transaction = this_tx) then
    written := born_at;  -- so that a record is there as of its own created_at
    counts := written;
  end if;
  perform pg_advisory_xact_lock_shared(1212829270, floor(extract(epoch from written - timestamptz '2000-01-01+00'))::integer);
  select c.at, c.transaction, c.batch into latest from public.records_change c
   where c.record_id = the_record order by c.at desc, c.id desc limit 1;
  if past.batch is not null then
    counts := coalesce(past.at, born_at, latest.at, written);
    if latest.at is not null and latest.batch is null and latest.transaction <> this_tx then
      raise exception 'Record % has been changed in Hilván since it was imported.', the_record using errcode = 'HV001';
    elsif latest.at > counts then
      raise exception 'Record % already has a change later than %.', the_record, counts using errcode = 'HV002';
    elsif counts > written then
      raise exception 'The instant % lies in the future.', counts using errcode = 'HV003';
    end if;
  elsif latest.at is not null and latest.transaction <> this_tx then
    counts := greatest(written, latest.at + interval '1 microsecond');
  elsif latest.at is not null then
    counts := greatest(written, latest.at);
  end if;
  data := jsonb_strip_nulls(jsonb_build_object('note', nullif(current_setting('hilvan.note', true), ''),
                                               'raw', nullif(current_setting('hilvan.raw', true), '')))
       || jsonb_build_object('diff', coalesce(diff, '{}'::jsonb));
  insert into public.records_change (company_id, record_id, table_name, row_id, operation, at, recorded_at, transaction,
                                     actor_id, channel, verb, batch, db_session, digest)
    values (the_company, the_record, the_table, the_row, op, counts, written, this_tx,
            nullif(current_setting('hilvan.actor', true), '')::bigint,
            case when past.batch is null then coalesce(nullif(current_setting('hilvan.channel', true), ''), 'sql')
                 else 'import' end,
            coalesce(current_setting('hilvan.verb', true), ''), past.batch, session_user,
            sha256(convert_to(data::text, 'UTF8')))
    returning id into new_id;
  insert into public.records_changepayload (change_id, data) values (new_id, data);
  return counts;
end $$;

-- Trigger of every business table. Arguments: the column with the record's id; the columns that are no business change.
-- What another trigger writes is a copy of what was logged already.
create or replace function public.hilvan_log_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  before jsonb := case when tg_op = 'INSERT' then '{}'::jsonb else to_jsonb(old) end;
  after  jsonb := case when tg_op = 'DELETE' then '{}'::jsonb else to_jsonb(new) end;
  one jsonb := case when tg_op = 'DELETE' then before else after end;
begin
  if pg_trigger_depth() > 1 then
    return null;
  end if;
  perform public.hilvan_write_change(
    (one->>'company_id')::bigint, (one->>tg_argv[0])::bigint, tg_table_name::text, (one->>tg_argv[1])::bigint,
    left(tg_op, 1)::"char", before, after,
    case when tg_op = 'INSERT' then (one->>'created_at')::timestamptz end, string_to_array(tg_argv[2], ','));
  return null;
end $$;

-- What may not be changed: the company of a row, what was fixed at its birth, a Record's copies of what stands on the kind's
-- own row. Arguments: the columns.
create or replace function public.hilvan_refuse_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  before jsonb := to_jsonb(old);
  after jsonb := to_jsonb(new);
  fixed text;
begin
  foreach fixed in array tg_argv loop
    -- What was a draft gets its number once, and stays known by the draft's.
    continue when fixed in ('number', 'draft_number')
      and before->>'draft_number' = '' and after->>'draft_number' = before->>'number';
    if before->fixed is distinct from after->fixed then
      raise exception '%.% may not be changed here.', tg_table_name, fixed using errcode = 'HV004';
    end if;
  end loop;
  return null;
end $$;

-- No transaction may last longer than the limit after its first change: an answer as of an instant older than that is
-- settled. Deferred: runs when the transaction commits.
create or replace function public.hilvan_keep_limit() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if clock_timestamp() - new.recorded_at > interval '30 seconds' then
    raise exception 'A transaction may last 30 seconds after its first change.' using errcode = 'HV005';
  end if;
  return null;
end $$;

drop trigger if exists keep_limit on public.records_change;
create constraint trigger keep_limit after insert on public.records_change
  deferrable initially deferred for each row execute function public.hilvan_keep_limit();

