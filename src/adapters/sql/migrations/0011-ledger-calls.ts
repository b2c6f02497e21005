/** What a node calls of the ledger; all of it in one org, in one statement each. */
export const ledgerCalls = `
-- Takes all or none; counted, whatever the caps. Answers what kept it from being taken, by the meter's key.
-- The caps may be kept by what nodes hold: such leases are called in, and nothing is taken. What is fresh is not remembered.
create function lumoauth.ledger_spend(of_org text, of_key uuid, spending jsonb, meters jsonb, counted boolean,
    of_node text, of_seq bigint, term integer)
  returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    r lumoauth.reservations;
    c lumoauth.counters;
    locked lumoauth.counters[] := '{}';
    meter jsonb;
    amount bigint;
    over jsonb := '[]';
    waits jsonb := '[]';
    stands jsonb := '[]';
    lost bigint;
    n integer := 0;
    now bigint := (spending ->> 'at')::bigint;
    ending bigint := (spending ->> 'until')::bigint;
    fresh boolean := ending is null and coalesce((spending ->> 'fresh')::boolean, false);
  begin
    perform set_config('lumoauth.org', of_org, true);
    if not fresh then
      select * into r from lumoauth.reservations as e where e.org = of_org and e.key = of_key;
    end if;
    if r.key is null then
      for meter in select value from jsonb_array_elements(meters) loop
        c := lumoauth.ledger_lock(of_org, meter, now);
        locked := locked || c;
        continue when counted;
        amount := c.used + c.reserved + (meter ->> 'amount')::bigint;
        if c.key is null or amount + c.leased > (meter ->> 'cap')::bigint then
          lost := lumoauth.ledger_lost(c);
          if c.key is null or amount + lost > (meter ->> 'cap')::bigint then
            over := over || jsonb_build_object('key', meter -> 'key', 'used', c.used + lost, 'reserved', c.reserved);
          else
            waits := waits || (meter -> 'key');
          end if;
        end if;
      end loop;
      if over <> '[]' then
        return jsonb_build_object('kind', 'over', 'over', over);
      end if;
      if waits <> '[]' then
        return jsonb_build_object('kind', 'leased', 'called', lumoauth.ledger_call(of_org, waits));
      end if;
      if fresh then
        r := row(of_org, of_key, spending ->> 'id', spending ->> 'print', 'committed', spending -> 'charges', meters, now,
          null, spending -> 'data', null, now);
      else
        insert into lumoauth.reservations as e
          (org, key, id, print, state, charges, meters, at, until, data, over_at)
        values (of_org, of_key, spending ->> 'id', spending ->> 'print',
          case when ending is null then 'committed' else 'reserved' end,
          spending -> 'charges', meters, now, ending, spending -> 'data', greatest(now, ending))
        on conflict do nothing returning * into r;
      end if;
      if r.key is not null then
        for meter in select value from jsonb_array_elements(meters) loop
          n := n + 1;
          c := locked[n];
          continue when c.key is null;
          amount := (meter ->> 'amount')::bigint;
          if ending is null then
            c := lumoauth.ledger_use(c, meter, amount, greatest(now, c.swept));
          elsif amount > 0 then
            c.reserved := c.reserved + amount;
            insert into lumoauth.holds (org, meter, until, reservation, amount)
              values (of_org, c.key, ending, of_key, amount);
          end if;
          c := lumoauth.ledger_grant(c, meter, now, of_node, of_seq, term);
          perform lumoauth.ledger_keep(c, meter);
          stands := stands || lumoauth.ledger_stand(c, meter, now, of_node);
        end loop;
        return jsonb_build_object('kind', 'spent', 'again', false, 'reservation', lumoauth.ledger_told(r),
          'stands', stands);
      end if;
      select * into r from lumoauth.reservations as e where e.org = of_org and e.key = of_key;
    end if;
    if r.print is distinct from spending ->> 'print' then
      return jsonb_build_object('kind', 'conflict');
    end if;
    return jsonb_build_object('kind', 'spent', 'again', true, 'reservation', lumoauth.ledger_told(r));
  end $$;

-- Ends a reservation. The amounts are by counter; what is left out was reserved.
create function lumoauth.ledger_settle(of_org text, of_key uuid, how jsonb, now bigint) returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    r lumoauth.reservations;
    c lumoauth.counters;
    locked lumoauth.counters[] := '{}';
    meter jsonb;
    amounts jsonb := case when how ->> 'kind' = 'commit' then coalesce(how -> 'amounts', '{}') end;
    settled jsonb;
    n integer := 0;
    amount numeric;
    held bigint;
    lost boolean := false;
  begin
    perform set_config('lumoauth.org', of_org, true);
    select * into r from lumoauth.reservations as e where e.org = of_org and e.key = of_key;
    if r.state = 'reserved' then
      for meter in select value from jsonb_array_elements(r.meters) loop
        locked := locked || lumoauth.ledger_lock(of_org, meter, now);
      end loop;
      select * into r from lumoauth.reservations as e where e.org = of_org and e.key = of_key for update;
    end if;
    if r.key is null then
      return '{"kind": "unknown"}';
    end if;
    if amounts is not null then
      select coalesce(jsonb_agg(jsonb_set(charge.value, '{amount}',
          coalesce(amounts -> (charge.value ->> 'counter'), charge.value -> 'amount')) order by charge.ordinality), '[]')
        into settled from jsonb_array_elements(r.charges) with ordinality as charge;
    end if;
    if r.state = 'over' then
      return '{"kind": "over_time"}';
    elsif r.state = (case when amounts is null then 'released' else 'committed' end)
        and (amounts is null or settled = coalesce(r.spent, r.charges)) then
      return jsonb_build_object('kind', 'settled', 'reservation', lumoauth.ledger_told(r));
    elsif r.state <> 'reserved' then
      return '{"kind": "settled_otherwise"}';
    end if;
    select r.until <= now or exists (
        select from jsonb_array_elements(r.meters) as meter(was)
          where (was ->> 'amount')::bigint > 0 and not exists (
            select from lumoauth.holds as h where h.org = of_org and h.reservation = of_key
              and h.meter = (was ->> 'key')::uuid)) into lost;
    if not lost and amounts is not null and exists (
        select from jsonb_each(amounts) as given(counter, amount)
          where given.amount::bigint > coalesce((
            select case when (how ->> 'overrun')::boolean then 9007199254740991
                else min((charge.value ->> 'amount')::bigint) end
              from jsonb_array_elements(r.charges) as charge
              where charge.value ->> 'counter' = given.counter having count(*) > 0), 0)) then
      return '{"kind": "beyond"}';
    end if;
    for meter in select value from jsonb_array_elements(r.meters) loop
      n := n + 1;
      c := locked[n];
      continue when c.key is null;
      delete from lumoauth.holds as h where h.org = of_org and h.reservation = of_key and h.meter = c.key
        returning h.amount into held;
      c.reserved := c.reserved - coalesce(held, 0);
      if not lost and amounts is not null then
        amount := (amounts ->> (meter ->> 'counter'))::numeric * (meter ->> 'times')::numeric;
        c := lumoauth.ledger_use(c, meter,
          coalesce(case when amount > 9007199254740991 then 9007199254740991 else amount end,
            (meter ->> 'amount')::numeric)::bigint, greatest(now, r.at, c.swept));
      end if;
      perform lumoauth.ledger_keep(c, meter);
    end loop;
    update lumoauth.reservations as e set over_at = greatest(now, e.at), spent = case when not lost then settled end,
        state = case when lost then 'over' when amounts is null then 'released' else 'committed' end
      where e.org = of_org and e.key = of_key returning * into r;
    if lost then
      return '{"kind": "over_time"}';
    end if;
    return jsonb_build_object('kind', 'settled', 'reservation', lumoauth.ledger_told(r));
  end $$;

-- Takes back what meters stand at; of a sliding window what would end first.
create function lumoauth.ledger_refund(of_org text, meters jsonb, now bigint) returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    c lumoauth.counters;
    meter jsonb;
    back bigint;
  begin
    perform set_config('lumoauth.org', of_org, true);
    for meter in select value from jsonb_array_elements(meters) loop
      c := lumoauth.ledger_lock(of_org, meter, now);
      continue when c.key is null;
      back := least(c.used, coalesce((meter ->> 'amount')::bigint, c.used));
      c.used := c.used - back;
      if meter ? 'length' then
        with sums as (
          select s.ends, sum(s.amount) over (order by s.ends) - s.amount as before
            from lumoauth.slides as s where s.org = of_org and s.meter = c.key and s.ends > c.swept
        )
        update lumoauth.slides as s set amount = greatest(0, s.amount - (back - sums.before))
          from sums where s.org = of_org and s.meter = c.key and s.ends = sums.ends and sums.before < back;
      end if;
      perform lumoauth.ledger_keep(c, meter);
    end loop;
  end $$;

-- What meters stand at, in the order they are asked.
create function lumoauth.ledger_look(of_org text, meters jsonb, now bigint, of_node text) returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  declare
    told jsonb;
  begin
    perform set_config('lumoauth.org', of_org, true);
    select coalesce(jsonb_agg(lumoauth.ledger_stand(c, m.value, now, of_node) order by m.ordinality), '[]') into told
      from jsonb_array_elements(meters) with ordinality as m
      left join lumoauth.counters as c on c.org = of_org and c.key = (m.value ->> 'key')::uuid;
    return told;
  end $$;
`
