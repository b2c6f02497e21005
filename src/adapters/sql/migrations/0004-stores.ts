/**
 * OpenFGA stores beside an org's own, and assertions kept with models. The model and tuples of such a store are those of
 * a row of `orgs` whose slug holds a slash; it is no org that anyone is shown. Tuples know when they were written; for
 * older ones that is the time of this step.
 */
export const stores = `
create table lumoauth.stores (
  org text collate "C" not null references lumoauth.orgs,
  id text collate "C" not null,
  name text not null,
  created_at bigint not null,
  deleted_at bigint,
  primary key (org, id)
);

create table lumoauth.assertions (
  org text collate "C" not null,
  model text collate "C" not null,
  assertions json not null,
  primary key (org, model),
  foreign key (org, model) references lumoauth.models
);

do $$
declare name text;
begin
  foreach name in array array['stores', 'assertions']
  loop
    execute format('alter table lumoauth.%I enable row level security', name);
    execute format('alter table lumoauth.%I force row level security', name);
    execute format('create policy org on lumoauth.%I using (org = current_setting(''lumoauth.org'', true))
      with check (org = current_setting(''lumoauth.org'', true))', name);
  end loop;
end $$;
grant select, insert, update (deleted_at) on lumoauth.stores to lumoauth_service;
grant select, insert, update (assertions) on lumoauth.assertions to lumoauth_service;

alter table lumoauth.tuples add column written_at bigint not null default lumoauth.now_ms();

create or replace function lumoauth.list_orgs(after text, count integer) returns setof lumoauth.orgs
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as 'select * from lumoauth.orgs where (after is null or org > after) and strpos(org, ''/'') = 0
    order by org limit count';
`
