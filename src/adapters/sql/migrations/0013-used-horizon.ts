/**
 * Where the only node over this database stands with ids that count once: one row for all orgs, read and written by no
 * other. A database that holds such ids already may hold any that was issued until now.
 */
export const usedHorizon = `
create table lumoauth.used_horizon (
  one boolean primary key default true check (one),
  up_to bigint not null,
  doubted bigint not null,
  clean boolean not null
);
insert into lumoauth.used_horizon (up_to, doubted, clean)
  select case when exists (select from lumoauth.used_ids)
    then (extract(epoch from clock_timestamp()) * 1000)::bigint else 0 end, 0, true;
grant select, update (up_to, doubted, clean) on lumoauth.used_horizon to lumoauth_service;
`
