-- A link stands in the history of both of its records. (That of `record` has its trigger as every child table has.)
drop trigger if exists log_change_of_other on public.records_link;
create trigger log_change_of_other after insert or update or delete on public.records_link
  for each row execute function public.hilvan_log_change('other_id', 'id', '');
drop trigger if exists keep_other on public.records_link;
create trigger keep_other after update on public.records_link
  for each row execute function public.hilvan_refuse_change('other_id', 'kind');

-- A file is what it was when it was attached: only its name and its archiving may change.
drop trigger if exists keep_file on public.records_attachment;
create trigger keep_file after update on public.records_attachment
  for each row execute function public.hilvan_refuse_change('uuid', 'media_type', 'size', 'sha256', 'stored_as', 'created_by_id', 'created_at');
