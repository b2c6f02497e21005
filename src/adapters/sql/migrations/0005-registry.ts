/**
 * Agents and all that concerns identities, a row each. A slug is given once within its kind: agents are never removed.
 * `used_ids` remembers what counts once (assertions, proofs, tokens of workloads) until it has ended anyway.
 */
export const registry = `
create table lumoauth.registry (
  org text collate "C" not null references lumoauth.orgs,
  kind text collate "C" not null,
  id text collate "C" not null,
  value jsonb not null,
  key uuid not null,
  primary key (org, key)
);
create unique index registry_slugs on lumoauth.registry (org, kind, (value ->> 'slug' collate "C"))
  where value ? 'slug';

create table lumoauth.used_ids (
  org text collate "C" not null references lumoauth.orgs,
  hash uuid not null,
  until bigint not null,
  primary key (org, hash)
);
create index used_ids_ended on lumoauth.used_ids (org, until);

do $$
declare name text;
begin
  foreach name in array array['registry', 'used_ids']
  loop
    execute format('alter table lumoauth.%I enable row level security', name);
    execute format('alter table lumoauth.%I force row level security', name);
    execute format('create policy org on lumoauth.%I using (org = current_setting(''lumoauth.org'', true))
      with check (org = current_setting(''lumoauth.org'', true))', name);
  end loop;
end $$;
grant select, insert, update (value), delete on lumoauth.registry to lumoauth_service;
grant select, insert, update (until), delete on lumoauth.used_ids to lumoauth_service;
`
