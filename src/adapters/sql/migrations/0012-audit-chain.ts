/**
 * The audit as a chain an org: events count from 1 without gaps, and each holds the hash of the one before. One function
 * gives out the places and makes the hashes, under a lock of the org's head, so that writers on any number of nodes make one
 * chain; it runs in the transaction of whoever calls it. `event` and `parts` are `json`, which keeps every byte of the text
 * that was hashed. The service may add to the chain and read it; what ends (retention) or is erased goes through functions of
 * the owner that allow no more than that. Events of before join the chain with their data as one text.
 */
export const auditChain = `
create table lumoauth.audit_heads (
  org text collate "C" primary key references lumoauth.orgs,
  seq bigint not null default 0,
  hash text collate "C" not null default repeat('0', 64),
  checkpointed bigint not null default 0,
  checkpoint_at bigint not null default 0
);
create policy keeper on lumoauth.audit_heads for select to current_user using (true);
alter table lumoauth.decision_batches add column seq bigint;

create table lumoauth.audit_events (
  org text collate "C" not null,
  seq bigint not null check (seq > 0),
  id text collate "C" not null,
  at bigint not null,
  kind text collate "C" not null,
  outcome text collate "C" not null,
  actor text collate "C",
  names bigint[] not null,
  event json not null,
  sealed text[] not null,
  parts json not null,
  prev_hash text collate "C" not null,
  hash text collate "C" not null,
  primary key (org, seq)
);
create unique index audit_events_ids on lumoauth.audit_events (org, id);
create index audit_events_actors on lumoauth.audit_events (org, actor, seq);
create index audit_events_times on lumoauth.audit_events (org, at);
create index audit_events_names on lumoauth.audit_events using gin (names);

create table lumoauth.audit_checkpoints (
  org text collate "C" not null references lumoauth.orgs,
  seq bigint not null,
  hash text collate "C" not null,
  at bigint not null,
  jws text not null,
  primary key (org, seq)
);

do $$
declare name text;
begin
  foreach name in array array['audit_heads', 'audit_events', 'audit_checkpoints']
  loop
    execute format('alter table lumoauth.%I enable row level security', name);
    execute format('alter table lumoauth.%I force row level security', name);
    execute format('create policy org on lumoauth.%I using (org = current_setting(''lumoauth.org'', true))
      with check (org = current_setting(''lumoauth.org'', true))', name);
  end loop;
end $$;
grant select, insert, update (seq, hash, checkpointed, checkpoint_at) on lumoauth.audit_heads to lumoauth_service;
grant select, insert on lumoauth.audit_events, lumoauth.audit_checkpoints to lumoauth_service;

create function lumoauth.audit_name(of_org text, name text) returns bigint
  language sql immutable parallel safe
  return ('x' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(of_org || ' ' || name, 'UTF8')),
    'hex'), 15))::bit(60)::bigint;

create function lumoauth.audit_link(made text, before text, head text, tail text) returns text
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  begin
    return encode(sha256(convert_to(head || coalesce(made, before) || tail, 'UTF8')), 'hex');
  end $$;
create aggregate lumoauth.audit_links(before text, head text, tail text)
  (sfunc = lumoauth.audit_link, stype = text);

create function lumoauth.append_audit(of_org text, lines json) returns bigint
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    scope text := pg_catalog.current_setting('lumoauth.org', true);
    head_seq bigint;
    head_hash text;
    last_seq bigint;
    last_hash text;
  begin
    perform pg_catalog.set_config('lumoauth.org', of_org, true);
    insert into lumoauth.audit_heads (org) values (of_org) on conflict do nothing;
    select h.seq, h.hash into head_seq, head_hash from lumoauth.audit_heads h where h.org = of_org for update;
    with given as (
      select r.*, head_seq + row_number() over (order by r.n) as seq
      from (
        select r.n, r.names, r.parts, r.event, e.id, e.at, e.kind, e.outcome, coalesce(e.actor, r.actor) as actor
        from rows from (json_to_recordset(lines) as (actor text, names json, parts json, event json))
            with ordinality as r(actor, names, parts, event, n),
          json_to_record(r.event) as e(id text, at bigint, kind text, outcome text, actor text)
      ) r
      where not exists (select from lumoauth.audit_events e where e.org = of_org and e.id = r.id)
    ), salted as materialized (
      select g.*, coalesce(s.sealed, '{}') as sealed, coalesce(s.texts, '[]') as texts
      from given g cross join lateral (
        select array_agg(encode(sha256(convert_to(p.text, 'UTF8')), 'hex') order by p.n) as sealed,
          '[' || string_agg(p.text, ',' order by p.n) || ']' as texts
        from (select n, '{"members":' || (part -> 'members')::text || ',"of":' || (part -> 'of')::text || ',"salt":"'
            || replace(gen_random_uuid()::text, '-', '') || '"}' as text
          from json_array_elements(g.parts) with ordinality as part(part, n) offset 0) p
      ) s
    ), linked as (
      select s.*, lumoauth.audit_links(head_hash,
        '{"event":' || s.event::text || ',"org":' || to_json(of_org)::text || ',"prev_hash":"',
        '","sealed":' || to_json(s.sealed)::text || ',"seq":' || s.seq || '}') over (order by s.seq) as hash
      from salted s
    ), made as (
      insert into lumoauth.audit_events
          (org, seq, id, at, kind, outcome, actor, names, event, sealed, parts, prev_hash, hash)
        select of_org, l.seq, l.id, l.at, l.kind, l.outcome, l.actor,
          array(select lumoauth.audit_name(of_org, name) from json_array_elements_text(l.names) as name),
          l.event, l.sealed, l.texts::json, lag(l.hash, 1, head_hash) over (order by l.seq), l.hash
        from linked l
        returning seq, hash
    )
    select m.seq, m.hash into last_seq, last_hash from made m order by m.seq desc limit 1;
    if last_seq is not null then
      update lumoauth.audit_heads h set seq = last_seq, hash = last_hash where h.org = of_org;
    end if;
    perform pg_catalog.set_config('lumoauth.org', coalesce(scope, ''), true);
    return coalesce(last_seq, head_seq);
  end $$;

create function lumoauth.audit_due(events bigint, before bigint, count integer) returns table (org text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as 'select org from lumoauth.audit_heads where seq > checkpointed and strpos(org, ''/'') = 0
    and (seq - checkpointed >= events or checkpoint_at < before) limit count';

create policy keeper on lumoauth.audit_events for select to current_user using (true);
create policy keeper on lumoauth.audit_checkpoints for select to current_user using (true);
create policy keeper on lumoauth.registry for select to current_user using (true);

create function lumoauth.audit_expired(instant bigint, standard integer, count integer)
  returns table (org text, days integer)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select h.org, d.days from lumoauth.audit_heads h
      left join lumoauth.registry r on r.org = h.org and r.kind = 'audit_settings' and r.id = 'audit_settings'
      cross join lateral (select case when r.value is null then standard
        else (r.value ->> 'retentionDays')::integer end as days) d
    where d.days is not null and exists (select from lumoauth.audit_checkpoints c
        join lumoauth.audit_events e on e.org = c.org and e.seq = c.seq
      where c.org = h.org and c.at < instant - d.days * 86400000::bigint)
    limit count
  $$;

create function lumoauth.drop_audit(of_org text, through bigint) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  as $$
  declare gone bigint;
  begin
    if of_org is distinct from current_setting('lumoauth.org', true) or not exists (
      select from lumoauth.audit_checkpoints c join lumoauth.audit_events e using (org, seq)
        where c.org = of_org and c.seq = through and c.hash = e.hash)
    then
      raise insufficient_privilege using message = 'the audit ends at a checkpoint alone';
    end if;
    delete from lumoauth.audit_events where org = of_org and seq <= through;
    get diagnostics gone = row_count;
    delete from lumoauth.audit_checkpoints where org = of_org and seq < through;
    delete from lumoauth.decision_batches where org = of_org and seq <= through;
    return gone;
  end $$;

create function lumoauth.erase_audit(of_org text, changes json) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if of_org is distinct from current_setting('lumoauth.org', true) then
      raise insufficient_privilege using message = 'an org erases what is its own';
    end if;
    update lumoauth.audit_events e set
      parts = (select json_agg(case when (n - 1)::integer in (select json_array_elements_text(r.erased)::integer)
        then 'null'::json else part end order by n) from json_array_elements(e.parts) with ordinality as p(part, n)),
      actor = r.actor,
      names = array(select lumoauth.audit_name(of_org, name) from json_array_elements_text(r.names) as name)
    from json_to_recordset(changes) as r(seq bigint, erased json, actor text, names json)
    where e.org = of_org and e.seq = r.seq;
  end $$;

create function lumoauth.erase_decisions(of_org text, of_first text, of_last text, of_count integer, of_subjects bigint[],
    packed bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if of_org is distinct from current_setting('lumoauth.org', true) then
      raise insufficient_privilege using message = 'an org erases what is its own';
    end if;
    update lumoauth.decision_batches set subjects = of_subjects, rows = packed
      where org = of_org and first = of_first and last = of_last and count = of_count;
  end $$;

create function lumoauth.erase_changes(of_org text, of_user text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if of_org is distinct from current_setting('lumoauth.org', true) then
      raise insufficient_privilege using message = 'an org erases what is its own';
    end if;
    update lumoauth.changelog c set change = jsonb_set(c.change, '{entry}', c.change -> 'entry'
        || '{"email": null, "name": null, "givenName": null, "familyName": null, "attributes": {}}'::jsonb)
      where c.org = of_org and c.change ->> 'kind' = 'registered' and c.change -> 'entry' ->> 'kind' = 'user'
        and c.change -> 'entry' ->> 'id' = of_user
        and c.revision < (select max(n.revision) from lumoauth.changelog n where n.org = of_org
          and n.change ->> 'kind' = 'registered' and n.change -> 'entry' ->> 'kind' = 'user'
          and n.change -> 'entry' ->> 'id' = of_user);
  end $$;

do $$
declare slug text;
begin
  for slug in select org from lumoauth.orgs loop
    perform set_config('lumoauth.org', slug, true);
    perform lumoauth.append_audit(slug, lines) from (
      select json_agg(json_build_object('names', json_build_array(actor, target), 'parts', '[]'::json,
        'event', ('{"actor":' || to_json(actor)::text || ',"at":' || at || ',"data":{"before":' || to_json(data::text)::text
          || '},"id":' || to_json(id)::text || ',"kind":' || to_json(kind)::text || ',"outcome":"success","target":'
          || to_json(target)::text || '}')::json) order by id) as lines
      from lumoauth.audit where org = slug) before
    where lines is not null;
    perform lumoauth.append_audit(slug, line) from (
      select json_build_array(json_build_object('names', '[]'::json, 'parts', '[]'::json, 'event',
        ('{"actor":"system:lumoauth","at":' || lumoauth.now_ms() || ',"data":{"batches":' || count(*) || ',"digest":"'
          || encode(sha256(convert_to(string_agg(encode(sha256(rows), 'hex'), '' order by first, last, count), 'UTF8')), 'hex')
          || '"},"id":"log_adopted","kind":"decisions.adopted","outcome":"success","target":"decisions:before"}')::json)) as line
      from lumoauth.decision_batches where org = slug having count(*) > 0) before;
    update lumoauth.decision_batches set seq = (select seq from lumoauth.audit_heads where org = slug) where org = slug;
    perform set_config('lumoauth.org', '', true);
  end loop;
end $$;
drop table lumoauth.audit;

revoke execute on function lumoauth.audit_name, lumoauth.audit_link, lumoauth.append_audit, lumoauth.audit_due,
  lumoauth.audit_expired, lumoauth.drop_audit, lumoauth.erase_audit, lumoauth.erase_decisions, lumoauth.erase_changes from public;
revoke execute on function lumoauth.audit_links(text, text, text) from public;
grant execute on function lumoauth.audit_name, lumoauth.audit_link, lumoauth.append_audit, lumoauth.audit_due,
  lumoauth.audit_expired, lumoauth.drop_audit, lumoauth.erase_audit, lumoauth.erase_decisions, lumoauth.erase_changes to lumoauth_service;
grant execute on function lumoauth.audit_links(text, text, text) to lumoauth_service;
`
