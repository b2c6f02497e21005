/**
 * What an org's meters stand at. A counter is one meter: `used` and `reserved` count against its caps, and so does `leased`,
 * the sum of what nodes hold of it to spend on their own (`leases`), until they tell what they spent. `holds` are what reservations keep of a meter, `slides` what a sliding window still counts; a reservation's row outlives
 * it, so that its id counts once. `horizon` is how far back counters were forgotten.
 *
 * INVARIANT: whoever writes a counter, its holds or its slides has locked the counter, counters in the order of their keys,
 * and reservations after them; whoever sweeps waits for nobody.
 */
export const ledger = `
create table lumoauth.counters (
  org text collate "C" not null references lumoauth.orgs,
  key uuid not null,
  counter text collate "C" not null,
  used bigint not null default 0 check (used between 0 and 9007199254740991),
  reserved bigint not null default 0 check (reserved between 0 and 9007199254740991),
  leased bigint not null default 0 check (leased between 0 and 9007199254740991),
  swept bigint not null default 0,
  over_at bigint,
  called timestamptz,
  primary key (org, key)
) with (fillfactor = 70);
create index counters_over on lumoauth.counters (org, over_at) where over_at is not null;

create table lumoauth.holds (
  org text collate "C" not null references lumoauth.orgs,
  meter uuid not null,
  until bigint not null,
  reservation uuid not null,
  amount bigint not null check (amount > 0),
  primary key (org, meter, until, reservation)
);
create index holds_of on lumoauth.holds (org, reservation);

create table lumoauth.slides (
  org text collate "C" not null references lumoauth.orgs,
  meter uuid not null,
  ends bigint not null,
  amount bigint not null check (amount between 0 and 9007199254740991),
  primary key (org, meter, ends)
);

create table lumoauth.reservations (
  org text collate "C" not null references lumoauth.orgs,
  key uuid not null,
  id text collate "C" not null,
  print text collate "C" not null,
  state text collate "C" not null,
  charges jsonb not null,
  meters jsonb not null,
  at bigint not null,
  until bigint,
  data jsonb not null,
  spent jsonb,
  over_at bigint not null,
  primary key (org, key)
);
create index reservations_over on lumoauth.reservations (org, over_at);

create table lumoauth.leases (
  org text collate "C" not null references lumoauth.orgs,
  meter uuid not null,
  node text collate "C" not null,
  seq bigint not null,
  rest bigint not null check (rest >= 0),
  until_at bigint not null,
  ends timestamptz not null,
  called boolean not null default false,
  primary key (org, meter, node)
);

create table lumoauth.horizons (
  org text collate "C" primary key references lumoauth.orgs,
  horizon bigint not null
);

do $$
declare name text;
begin
  foreach name in array array['counters', 'holds', 'slides', 'reservations', 'leases', 'horizons']
  loop
    execute format('alter table lumoauth.%I enable row level security', name);
    execute format('alter table lumoauth.%I force row level security', name);
    execute format('create policy org on lumoauth.%I using (org = current_setting(''lumoauth.org'', true))
      with check (org = current_setting(''lumoauth.org'', true))', name);
    execute format('grant select, insert, update, delete on lumoauth.%I to lumoauth_service', name);
  end loop;
end $$;

-- Locks a meter's counter, made where there is none yet, and ends what is over by then. A null key: the meter is closed.
create function lumoauth.ledger_lock(of_org text, meter jsonb, now bigint) returns lumoauth.counters
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    c lumoauth.counters;
    k uuid := (meter ->> 'key')::uuid;
    past bigint;
    freed bigint := 0;
    ended bigint;
    latest bigint;
    entries bigint := 0;
    dead lumoauth.leases;
    grace bigint := least(60000, (meter ->> 'length')::bigint);
    changed boolean := false;
  begin
    loop
      select * into c from lumoauth.counters as o where o.org = of_org and o.key = k for update;
      exit when found;
      select h.horizon into past from lumoauth.horizons as h where h.org = of_org;
      if (meter ->> 'closes')::bigint <= past then
        return null;
      end if;
      insert into lumoauth.counters (org, key, counter, swept, over_at)
        values (of_org, k, meter ->> 'counter', coalesce(past, 0), (meter ->> 'closes')::bigint)
        on conflict do nothing;
    end loop;
    if c.reserved > 0 then
      with gone as (
        delete from lumoauth.holds as h where h.org = of_org and h.meter = k and h.until <= now returning h.amount
      )
      select coalesce(sum(gone.amount), 0) into freed from gone;
      c.reserved := c.reserved - freed;
    end if;
    if c.leased > 0 then
      for dead in delete from lumoauth.leases as l where l.org = of_org and l.meter = k
          and l.ends + grace * interval '1 millisecond' < clock_timestamp()
          returning l.* loop
        c.leased := c.leased - dead.rest;
        c := lumoauth.ledger_use(c, meter, dead.rest, dead.until_at);
        changed := true;
      end loop;
    end if;
    if meter ? 'length' then
      select sum(s.amount), max(s.ends), count(*) into ended, latest, entries
        from lumoauth.slides as s where s.org = of_org and s.meter = k and s.ends > c.swept and s.ends <= now;
      if entries > 0 then
        c.swept := latest;
        if c.used = 9007199254740991 then
          select least(coalesce(sum(s.amount), 0), 9007199254740991) into c.used
            from lumoauth.slides as s where s.org = of_org and s.meter = k and s.ends > latest;
        else
          c.used := c.used - ended;
        end if;
        delete from lumoauth.slides as s where s.org = of_org and s.meter = k and s.ends in (
          select e.ends from lumoauth.slides as e
            where e.org = of_org and e.meter = k and e.ends <= latest order by e.ends limit 1000);
      end if;
    end if;
    if changed or freed > 0 or entries > 0 then
      update lumoauth.counters as o
        set used = c.used, reserved = c.reserved, leased = c.leased, swept = c.swept, over_at = c.over_at
        where o.org = of_org and o.key = k;
    end if;
    return c;
  end $$;

-- Forgets what has been over for a day, by the caller's clock and by the database's. Waits for nobody who spends.
create function lumoauth.ledger_sweep(of_org text, now bigint, most integer) returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    past bigint := least(now, (extract(epoch from clock_timestamp()) * 1000)::bigint) - 86400000;
    over uuid[];
    latest bigint;
  begin
    perform set_config('lumoauth.org', of_org, true);
    delete from lumoauth.reservations as r where r.org = of_org and r.key in (
      select e.key from lumoauth.reservations as e
        where e.org = of_org and e.over_at <= past order by e.over_at limit most for update skip locked);
    select array_agg(d.key) into over from (
      select o.key from lumoauth.counters as o
        where o.org = of_org and o.over_at <= past and not exists (
          select from lumoauth.holds as h where h.org = of_org and h.meter = o.key and h.until > past
        ) and not exists (
          select from lumoauth.leases as l where l.org = of_org and l.meter = o.key
            and l.ends + interval '1 hour' > clock_timestamp())
        order by o.over_at limit most for update skip locked) as d;
    if over is null then
      return;
    end if;
    delete from lumoauth.slides as s using (
      select e.meter, e.ends from lumoauth.slides as e where e.org = of_org and e.meter = any(over) limit 10 * most
    ) as e where s.org = of_org and s.meter = e.meter and s.ends = e.ends;
    delete from lumoauth.holds as h where h.org = of_org and h.meter = any(over);
    delete from lumoauth.leases as l where l.org = of_org and l.meter = any(over);
    with gone as (
      delete from lumoauth.counters as o where o.org = of_org and o.key = any(over) and not exists (
        select from lumoauth.slides as s where s.org = of_org and s.meter = o.key)
        returning o.over_at
    )
    select max(gone.over_at) into latest from gone;
    if latest is not null then
      insert into lumoauth.horizons as h (org, horizon) values (of_org, latest)
        on conflict (org) do update set horizon = greatest(h.horizon, excluded.horizon);
    end if;
  end $$;

-- A reservation as it is told.
create function lumoauth.ledger_told(r lumoauth.reservations) returns jsonb
  language sql stable
  return jsonb_build_object('id', r.id, 'state', r.state, 'charges', coalesce(r.spent, r.charges),
    'at', r.at, 'until', r.until, 'data', r.data);

-- Adds to what a counter has used from an instant on, never beyond what a caller can count. A sliding window forgets what
-- was over before something else that was forgotten.
create function lumoauth.ledger_use(c lumoauth.counters, meter jsonb, amount bigint, at bigint) returns lumoauth.counters
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    over bigint := at + (meter ->> 'length')::bigint;
  begin
    if amount = 0 or over <= c.swept then
      return c;
    end if;
    c.used := least(c.used + amount, 9007199254740991);
    if over is not null then
      c.over_at := greatest(c.over_at, over);
      insert into lumoauth.slides as s (org, meter, ends, amount) values (c.org, c.key, over, amount)
        on conflict on constraint slides_pkey do update set amount = least(s.amount + excluded.amount, 9007199254740991);
    end if;
    return c;
  end $$;

-- Writes what a locked counter has become.
create function lumoauth.ledger_keep(c lumoauth.counters, meter jsonb) returns void
  language sql set search_path = pg_catalog, pg_temp
  as $$
    update lumoauth.counters as o set used = c.used, reserved = c.reserved, leased = c.leased, over_at = case
        when c.over_at is null or meter ->> 'closes' is null then null
        else greatest(c.over_at, (meter ->> 'closes')::bigint) end
      where o.org = c.org and o.key = c.key
  $$;
`
