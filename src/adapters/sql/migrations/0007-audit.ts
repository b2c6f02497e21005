/** What was done, an event a row, in the order of its id. The service may add and read, nothing else. */
export const audit = `
create table lumoauth.audit (
  org text collate "C" not null references lumoauth.orgs,
  id text collate "C" not null,
  at bigint not null,
  kind text collate "C" not null,
  actor text not null,
  target text not null,
  data jsonb not null,
  primary key (org, id)
);
alter table lumoauth.audit enable row level security;
alter table lumoauth.audit force row level security;
create policy org on lumoauth.audit using (org = current_setting('lumoauth.org', true))
  with check (org = current_setting('lumoauth.org', true));
grant select, insert on lumoauth.audit to lumoauth_service;
`
