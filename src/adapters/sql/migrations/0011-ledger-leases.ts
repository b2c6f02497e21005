/**
 * Leases: what a node holds of a meter to spend on its own, at most a tenth of what remains. A lease is a row before
 * anything is spent from it, and all of it counts against the caps until the node has told what it spent and gives back the rest.
 *
 * INVARIANT: a counter's `leased` is the sum of its leases. The number of a node's statement is kept, so that one that is
 * carried out late or sent again changes nothing.
 */
export const ledgerLeases = `
-- What nodes hold that did not answer within their term: nobody can call it in, so it counts as spent.
create function lumoauth.ledger_lost(c lumoauth.counters) returns bigint
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    if c.leased is null or c.leased = 0 then
      return 0;
    end if;
    return (select coalesce(sum(l.rest), 0) from lumoauth.leases as l
      where l.org = c.org and l.meter = c.key and l.ends <= clock_timestamp());
  end $$;

-- Calls in what live leases hold of meters that are locked, and lets nobody take a new one for a while. By meter, who holds it.
create function lumoauth.ledger_call(of_org text, keys jsonb) returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    told jsonb;
  begin
    update lumoauth.counters as o set called = clock_timestamp()
      where o.org = of_org and o.key in (select value::uuid from jsonb_array_elements_text(keys));
    with called as (
      update lumoauth.leases as l set called = true
        where l.org = of_org and l.meter in (select value::uuid from jsonb_array_elements_text(keys))
          and l.ends > clock_timestamp() returning l.meter, l.node
    )
    select coalesce(jsonb_agg(jsonb_build_object('key', called.meter, 'node', called.node)), '[]') into told from called;
    return told;
  end $$;

-- Lets a node hold as much of a locked meter as it wishes, within its share of what remains.
create function lumoauth.ledger_grant(c lumoauth.counters, meter jsonb, now bigint, of_node text, of_seq bigint,
    term integer) returns lumoauth.counters
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    wish bigint := (meter ->> 'wish')::bigint;
    share bigint;
  begin
    if wish is null or wish <= 0 or c.called > clock_timestamp() - 3 * term * interval '1 millisecond' then
      return c;
    end if;
    share := least(wish, ((meter ->> 'cap')::bigint - c.used - c.reserved - c.leased) / 10);
    if share * 4 < wish then
      return c;
    end if;
    insert into lumoauth.leases as l (org, meter, node, seq, rest, until_at, ends)
      values (c.org, c.key, of_node, of_seq, share, now + term, clock_timestamp() + term * interval '1 millisecond')
      on conflict do nothing;
    if found then
      c.leased := c.leased + share;
    end if;
    return c;
  end $$;

-- What a meter stands at, by a counter that may not be locked: what is over by then is left out. When it changes by itself,
-- and what of it a node holds.
create function lumoauth.ledger_stand(c lumoauth.counters, meter jsonb, now bigint, of_node text) returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    used bigint := coalesce(c.used, 0);
    reserved bigint := coalesce(c.reserved, 0);
    until bigint;
    ends bigint;
    mine lumoauth.leases;
  begin
    if reserved > 0 then
      select reserved - coalesce(sum(h.amount) filter (where h.until <= now), 0), min(h.until) filter (where h.until > now)
        into reserved, until from lumoauth.holds as h where h.org = c.org and h.meter = c.key;
    end if;
    if meter ? 'length' and used > 0 then
      if used < 9007199254740991 then
        used := used - coalesce((select sum(s.amount) from lumoauth.slides as s
          where s.org = c.org and s.meter = c.key and s.ends > c.swept and s.ends <= now), 0);
      end if;
      select min(s.ends) into ends from lumoauth.slides as s
        where s.org = c.org and s.meter = c.key and s.ends > greatest(c.swept, now);
    end if;
    if c.leased > 0 then
      select * into mine from lumoauth.leases as l where l.org = c.org and l.meter = c.key and l.node = of_node;
    end if;
    return jsonb_build_object('key', meter -> 'key', 'used', used + lumoauth.ledger_lost(c), 'reserved', reserved,
      'leased', coalesce(c.leased, 0), 'next', least(until, ends), 'rest', mine.rest, 'seq', mine.seq,
      'called', coalesce(mine.called, false));
  end $$;

-- Counts what a node spent from its leases. Keeps them, for a term from now, as large as it wishes, within its share; or gives
-- back the rest: always, or where it was called in.
create function lumoauth.ledger_flush(of_org text, of_node text, of_seq bigint, meters jsonb, now bigint, term integer)
  returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    c lumoauth.counters;
    l lumoauth.leases;
    meter jsonb;
    spent jsonb;
    amount bigint;
    share bigint;
    told jsonb := '[]';
  begin
    perform set_config('lumoauth.org', of_org, true);
    for meter in select value from jsonb_array_elements(meters) loop
      c := lumoauth.ledger_lock(of_org, meter, now);
      select * into l from lumoauth.leases as e where e.org = of_org and e.meter = c.key and e.node = of_node;
      if l.seq < of_seq then
        for spent in select value from jsonb_array_elements(meter -> 'spent') loop
          amount := least(l.rest, (spent ->> 1)::bigint);
          c := lumoauth.ledger_use(c, meter, amount, (spent ->> 0)::bigint);
          c.leased := c.leased - amount;
          l.rest := l.rest - amount;
        end loop;
        if meter ->> 'keep' = 'none' or meter ->> 'keep' = 'uncalled' and l.called then
          c.leased := c.leased - l.rest;
          delete from lumoauth.leases as e where e.org = of_org and e.meter = c.key and e.node = of_node;
        else
          share := least((meter ->> 'wish')::bigint,
            ((meter ->> 'cap')::bigint - c.used - c.reserved - c.leased + l.rest) / 10) - l.rest;
          if share > 0 and not l.called
              and (c.called is null or c.called < clock_timestamp() - 3 * term * interval '1 millisecond') then
            c.leased := c.leased + share;
            l.rest := l.rest + share;
          end if;
          update lumoauth.leases as e set rest = l.rest, seq = of_seq,
              until_at = case when l.called then e.until_at else now + term end,
              ends = case when l.called then e.ends else clock_timestamp() + term * interval '1 millisecond' end
            where e.org = of_org and e.meter = c.key and e.node = of_node;
        end if;
        perform lumoauth.ledger_keep(c, meter);
      end if;
      told := told || lumoauth.ledger_stand(c, meter, now, of_node);
    end loop;
    return told;
  end $$;

do $$
declare called text;
begin
  foreach called in array array['ledger_lock', 'ledger_sweep', 'ledger_told', 'ledger_use', 'ledger_keep', 'ledger_spend',
    'ledger_settle', 'ledger_refund', 'ledger_look', 'ledger_lost', 'ledger_call', 'ledger_grant', 'ledger_stand',
    'ledger_flush']
  loop
    execute format('revoke execute on function lumoauth.%I from public', called);
    execute format('grant execute on function lumoauth.%I to lumoauth_service', called);
  end loop;
end $$;
`
