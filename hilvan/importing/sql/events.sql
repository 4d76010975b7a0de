-- Applies a batch of an event log's events, in their order, each at its own past instant; the ordinary triggers write
-- the history. It runs with the rights of who calls it and uses hilvan_write_at, the only door to the past; the caller
-- ends with hilvan_write_now(). For each event one row: its place in the batch, the outcome (born, applied, known, or why
-- it is refused), the activity, and who was newly assigned.
--
-- An event: {uuid: the activity's, or what a new one is to have; ref, at, seq, year, prefix, actor, note, raw;
--            origin: null, or {uuid: null where there is no such record; title; follows: whether its kind follows its
--            origin}; given: {columns of the activity → values}}
-- ``blank`` are the columns of an activity of which nothing is known.
-- Records are found by uuid: the plan for (company, kind, ref) on fresh tables without statistics read all of the
-- company's.
create or replace function public.hilvan_import_events(the_company bigint, import_batch uuid, events jsonb, blank jsonb)
returns table (place bigint, outcome text, activity bigint, told bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  event jsonb;
  happened timestamptz;
  number bigint;
  before public.activities_activity;
  after public.activities_activity;
  latest record;
  last record;
  origin record;
begin
  -- In the order in which all who change several take them.
  perform 1 from public.activities_activity a
   where a.record_id in (select r.id from public.records_record r
                          where r.uuid in (select (e->>'uuid')::uuid from jsonb_array_elements(events) e))
   order by a.record_id for no key update;

  for event, place in select e.value, e.ordinality from jsonb_array_elements(events) with ordinality e loop
    happened := event->>'at';
    told := null;
    activity := null;
    select a.* into before
      from public.records_record r join public.activities_activity a on a.record_id = r.id
     where r.uuid = (event->>'uuid')::uuid;

    if found then
      activity := before.record_id;
      select c.at, c.batch into latest from public.records_change c
       where c.record_id = activity order by c.at desc, c.id desc limit 1;
      select i.at, i.seq into last from public.importing_importedevent i
       where i.record_id = activity order by i.at desc, i.seq desc limit 1;
      select r.uuid into origin from public.records_record r where r.id = before.origin_id;
      after := jsonb_populate_record(before, event->'given');
      outcome := case
        when latest.batch is null then 'changed'
        when (happened, (event->>'seq')::bigint) <= (last.at, last.seq) then
          case when exists (select from public.importing_importedevent i
                             where i.record_id = activity and i.at = happened and i.seq = (event->>'seq')::bigint)
               then 'known' else 'earlier' end
        when latest.at > happened then 'earlier'
        when event->'origin' <> 'null' and (event->'origin'->>'uuid')::uuid is distinct from origin.uuid
          then 'other_origin'
        when after.end_at < after.start_at or (after.all_day and after.end_at = after.start_at)
          then 'ends_before_start'
        else 'applied' end;
    else
      select r.id, r.party_id, case when (event->'origin'->>'follows')::boolean then r.root_id else r.id end as root_id
        into origin from public.records_record r where r.uuid = (event->'origin'->>'uuid')::uuid;
      outcome := case when found or event->'origin' = 'null' then 'born' else 'no_origin' end;
    end if;
    if outcome not in ('born', 'applied') then
      return next;
      continue;
    end if;

    if outcome = 'born' then
      before := jsonb_populate_record(null::public.activities_activity, blank || jsonb_build_object(
        'subject', coalesce(event->'origin'->>'title', event->>'ref'),
        'origin_id', origin.id, 'party_id', origin.party_id));
      after := jsonb_populate_record(before, event->'given');
    end if;
    if after.state = 'in_progress' then
      after.begun_at := coalesce(after.begun_at, happened);
    end if;
    after.closed_at := case when after.state = 'closed' then coalesce(before.closed_at, happened) end;
    after.promised_start_at := coalesce(after.promised_start_at, after.start_at);
    after.promised_end_at := coalesce(after.promised_end_at, after.end_at);

    if outcome = 'born' or after is distinct from before then
      perform public.hilvan_write_at(happened, import_batch),
              set_config('hilvan.actor', coalesce(event->>'actor', ''), true),
              set_config('hilvan.note', event->>'note', true),
              set_config('hilvan.raw', event->>'raw', true),
              set_config('hilvan.verb', 'activity.' || case
                when outcome = 'born' then 'create'
                when after.state <> before.state and before.state = 'closed' then 'reopen'
                when after.state <> before.state then
                  case after.state when 'new' then 'return' when 'on_hold' then 'hold'
                                   when 'in_progress' then 'start' else 'close' end
                when (after.subject, after.type_id, after.start_at, after.end_at, after.all_day)
                     is distinct from (before.subject, before.type_id, before.start_at, before.end_at, before.all_day)
                  then 'change'
                else 'assign' end, true);
      if outcome = 'born' then
        number := public.hilvan_next_numbers(the_company, event->>'prefix', (event->>'year')::integer);
        insert into public.records_record (uuid, company_id, kind, number, draft_number, title, party_id, origin_id, root_id,
                                           owner_id, team_id, created_by_id, created_at, ref)
          values ((event->>'uuid')::uuid, the_company, 'activity',
                  format('%s-%s-%s', event->>'prefix', event->>'year',
                         lpad(number::text, greatest(6, length(number::text)), '0')), '',
                  after.subject, after.party_id, origin.id, origin.root_id, after.assignee_id, after.team_id,
                  (event->>'actor')::bigint, happened, event->>'ref')
          returning id into activity;
        insert into public.activities_activity (
            record_id, company_id, type_id, subject, description, priority, state, assignee_id, team_id, origin_id,
            party_id, place, start_at, end_at, all_day, deferred, promised_start_at, promised_end_at, deferrals, begun_at,
            closed_at, hold_reason, hold_returns_to, sequence)
          values (
            activity, the_company, after.type_id, after.subject, after.description, after.priority, after.state,
            after.assignee_id, after.team_id, after.origin_id, after.party_id, after.place, after.start_at, after.end_at,
            after.all_day, after.deferred, after.promised_start_at, after.promised_end_at, after.deferrals, after.begun_at,
            after.closed_at, after.hold_reason, after.hold_returns_to, after.sequence);
      else
        update public.activities_activity a
           set type_id = after.type_id, subject = after.subject, state = after.state, assignee_id = after.assignee_id,
               team_id = after.team_id, start_at = after.start_at, end_at = after.end_at, all_day = after.all_day,
               promised_start_at = after.promised_start_at, promised_end_at = after.promised_end_at,
               begun_at = after.begun_at, closed_at = after.closed_at
         where a.record_id = activity;
      end if;
      if after.assignee_id is distinct from before.assignee_id then
        told := after.assignee_id;
      end if;
    end if;
    insert into public.importing_importedevent (company_id, record_id, at, seq)
      values (the_company, activity, happened, (event->>'seq')::bigint);
    return next;
  end loop;
  perform set_config('hilvan.actor', '', true), set_config('hilvan.note', '', true),
          set_config('hilvan.raw', '', true), set_config('hilvan.verb', '', true);
end $$;
