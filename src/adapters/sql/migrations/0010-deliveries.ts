/**
 * What goes out of an org: outlets, each held by one node at a time, and what is delivered there. A node finds its work
 * across orgs, through functions of the database's owner that tell no more than whose turn it is.
 */
export const deliveries = `
create table lumoauth.outlets (
  org text collate "C" not null references lumoauth.orgs,
  id text collate "C" not null,
  kind text collate "C" not null generated always as (split_part(id, ':', 1)) stored,
  cursor bigint not null,
  failures integer not null default 0,
  last_at bigint,
  holder text collate "C",
  held_until bigint not null default 0,
  primary key (org, id)
);
create index outlets_free on lumoauth.outlets (kind, held_until);
create index outlets_held on lumoauth.outlets (holder);

create table lumoauth.deliveries (
  org text collate "C" not null,
  outlet text collate "C" not null,
  id text collate "C" not null,
  seq bigint not null,
  event text not null,
  type text not null,
  body text not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  next_at bigint not null,
  created_at bigint not null,
  ended_at bigint,
  tried jsonb not null default '[]',
  primary key (org, outlet, id),
  foreign key (org, outlet) references lumoauth.outlets on delete cascade
);
create index deliveries_waiting on lumoauth.deliveries (org, outlet, seq, id) where state = 'waiting';
create index deliveries_ended on lumoauth.deliveries (org, outlet, ended_at) where ended_at is not null;

do $$
declare name text;
begin
  foreach name in array array['outlets', 'deliveries']
  loop
    execute format('alter table lumoauth.%I enable row level security', name);
    execute format('alter table lumoauth.%I force row level security', name);
    execute format('create policy org on lumoauth.%I using (org = current_setting(''lumoauth.org'', true))
      with check (org = current_setting(''lumoauth.org'', true))', name);
  end loop;
end $$;
create policy keeper on lumoauth.outlets to current_user using (true) with check (true);
grant select, insert, delete, update (cursor, failures, last_at) on lumoauth.outlets to lumoauth_service;
grant select, insert, delete, update (state, attempts, next_at, ended_at, tried) on lumoauth.deliveries
  to lumoauth_service;

create function lumoauth.claim_outlets(node text, kinds text, lease bigint, most integer)
  returns table (org text, id text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp
  as 'update lumoauth.outlets o set holder = node, held_until = lumoauth.now_ms() + lease
    from (select f.org, f.id from lumoauth.outlets f
      where f.kind in (select json_array_elements_text(kinds::json)) and f.held_until < lumoauth.now_ms()
      order by f.held_until limit most for update skip locked) as free
    where o.org = free.org and o.id = free.id returning o.org, o.id';

create function lumoauth.renew_outlets(node text, lease bigint) returns table (org text, id text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp
  as 'update lumoauth.outlets o set held_until = lumoauth.now_ms() + lease where o.holder = node returning o.org, o.id';

create function lumoauth.release_outlets(node text) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
  as 'update lumoauth.outlets o set holder = null, held_until = 0 where o.holder = node';

revoke execute on function lumoauth.claim_outlets, lumoauth.renew_outlets, lumoauth.release_outlets from public;
grant execute on function lumoauth.claim_outlets, lumoauth.renew_outlets, lumoauth.release_outlets to lumoauth_service;
`
