/**
 * Orgs and all they own. A `key` is a digest of the columns that name the row, made by the writer: an index entry has a
 * size limit, an id has none. Tables that take many rows have no foreign key to `orgs`: a writer holds or
 * has read the org's row, and orgs are never deleted.
 * The policy named `keeper` lets the functions at the end, which run as the owner of the tables, see across orgs even
 * where that owner is no superuser.
 */
export const state = `
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'lumoauth_service') then
    create role lumoauth_service nologin nosuperuser nobypassrls nocreatedb nocreaterole noinherit;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;

do $$
begin
  if not pg_catalog.pg_has_role(current_user, 'lumoauth_service', 'usage') then
    execute pg_catalog.format('grant lumoauth_service to %I', current_user);
  end if;
end $$;

grant usage on schema lumoauth to lumoauth_service;
grant select on lumoauth.migrations to lumoauth_service;

create function lumoauth.now_ms() returns bigint
  language sql volatile parallel safe
  return (extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint;

create table lumoauth.orgs (
  org text collate "C" primary key check (org <> ''),
  name text not null,
  zone text not null,
  revision bigint not null default 0,
  created_at bigint not null default lumoauth.now_ms()
);

create table lumoauth.models (
  org text collate "C" not null references lumoauth.orgs,
  id text collate "C" not null,
  dsl text not null,
  revision bigint not null,
  primary key (org, id)
);
create unique index models_latest on lumoauth.models (org, revision);

create table lumoauth.tuples (
  org text collate "C" not null,
  object_type text collate "C" not null,
  object_id text collate "C" not null,
  relation text collate "C" not null,
  "user" text collate "C" not null,
  condition_name text collate "C",
  condition_context jsonb,
  key uuid not null,
  primary key (org, key),
  check ((condition_name is null) = (condition_context is null))
);

create table lumoauth.attributes (
  org text collate "C" not null,
  entity_type text collate "C" not null,
  entity_id text collate "C" not null,
  name text collate "C" not null,
  value jsonb not null,
  key uuid not null,
  primary key (org, key)
);

create table lumoauth.policy_versions (
  org text collate "C" not null references lumoauth.orgs,
  version bigint not null check (version > 0),
  text text not null,
  author text not null,
  note text not null,
  published_at bigint not null,
  primary key (org, version)
);

create table lumoauth.policy_drafts (
  org text collate "C" not null references lumoauth.orgs,
  id text collate "C" not null,
  text text not null,
  author text not null,
  updated_at bigint not null,
  primary key (org, id)
);
create index policy_drafts_newest on lumoauth.policy_drafts (org, updated_at, id);

create table lumoauth.api_keys (
  id text collate "C" primary key,
  org text collate "C" references lumoauth.orgs,
  name text not null,
  role text not null,
  hash text collate "C" not null,
  created_at bigint not null,
  revoked_at bigint
);
create index api_keys_org on lumoauth.api_keys (org, id);

create table lumoauth.changelog (
  org text collate "C" not null references lumoauth.orgs,
  revision bigint not null check (revision > 0),
  at bigint not null,
  change jsonb not null,
  primary key (org, revision)
);

create table lumoauth.decision_batches (
  org text collate "C" not null,
  first text collate "C" not null,
  last text collate "C" not null,
  count integer not null check (count > 0),
  earliest bigint not null,
  latest bigint not null,
  effects integer not null,
  subjects bigint[] not null,
  rows bytea not null,
  primary key (org, first, last, count)
);
alter table lumoauth.decision_batches alter rows set storage external;
create index decision_batches_newest on lumoauth.decision_batches (org, latest, first);

do $$
declare name text;
begin
  foreach name in array array['orgs', 'models', 'tuples', 'attributes', 'policy_versions', 'policy_drafts', 'api_keys',
    'changelog', 'decision_batches']
  loop
    execute format('alter table lumoauth.%I enable row level security', name);
    execute format('alter table lumoauth.%I force row level security', name);
    execute format('create policy org on lumoauth.%I using (org = current_setting(''lumoauth.org'', true))
      with check (org = current_setting(''lumoauth.org'', true))', name);
  end loop;
end $$;
create policy keeper on lumoauth.orgs to current_user using (true) with check (true);
create policy keeper on lumoauth.api_keys to current_user using (true) with check (true);

grant select, update (name, zone, revision) on lumoauth.orgs to lumoauth_service;
grant select, insert, update (revision) on lumoauth.models to lumoauth_service;
grant select, insert, delete on lumoauth.tuples to lumoauth_service;
grant select, insert, update (value), delete on lumoauth.attributes to lumoauth_service;
grant select, insert on lumoauth.policy_versions to lumoauth_service;
grant select, insert, update (text, author, updated_at), delete on lumoauth.policy_drafts to lumoauth_service;
grant select, insert, update (name, role, revoked_at) on lumoauth.api_keys to lumoauth_service;
grant select, insert on lumoauth.changelog, lumoauth.decision_batches to lumoauth_service;

create function lumoauth.list_orgs(after text, count integer) returns setof lumoauth.orgs
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as 'select * from lumoauth.orgs where after is null or org > after order by org limit count';

create function lumoauth.get_org(slug text) returns setof lumoauth.orgs
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as 'select * from lumoauth.orgs where org = slug';

create function lumoauth.create_org(slug text, org_name text, org_zone text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into lumoauth.orgs (org, name, zone) values (slug, org_name, org_zone) on conflict do nothing;
    return found;
  end $$;

create function lumoauth.find_key(key text) returns setof lumoauth.api_keys
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as 'select * from lumoauth.api_keys where id = key';

create function lumoauth.create_instance_key(key text, key_name text, key_role text, key_hash text, created bigint,
    revoked bigint)
  returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into lumoauth.api_keys (id, org, name, role, hash, created_at, revoked_at)
      values (key, null, key_name, key_role, key_hash, created, revoked) on conflict do nothing;
    return found;
  end $$;

revoke execute on all functions in schema lumoauth from public;
grant execute on all functions in schema lumoauth to lumoauth_service;
`
