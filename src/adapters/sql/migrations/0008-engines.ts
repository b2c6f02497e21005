/** Which OpenFGA server has an org's relations, and up to where its changes have been taken over. */
export const engines = `
create table lumoauth.engines (
  org text collate "C" primary key references lumoauth.orgs,
  engine json not null,
  feed text not null
);
alter table lumoauth.engines enable row level security;
alter table lumoauth.engines force row level security;
create policy org on lumoauth.engines using (org = current_setting('lumoauth.org', true))
  with check (org = current_setting('lumoauth.org', true));
grant select, insert, delete, update (engine, feed) on lumoauth.engines to lumoauth_service;
`
