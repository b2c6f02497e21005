/** Taking ids that count once is one call: a client's assertion waits for it. `lumoauth.org` ends with the call. */
export const takeOnce = `
create function lumoauth.take_once(of_org text, ids jsonb, at bigint, swept integer) returns setof uuid
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform set_config('lumoauth.org', of_org, true);
    delete from lumoauth.used_ids u where u.org = of_org and u.hash in
      (select e.hash from lumoauth.used_ids e where e.org = of_org and e.until < at
        order by e.until limit swept for update skip locked);
    return query
      insert into lumoauth.used_ids as taken (org, hash, until)
        select distinct on (r.hash) of_org, r.hash, r.until
          from jsonb_to_recordset(ids) as r(hash uuid, until bigint) order by r.hash
        on conflict do nothing returning taken.hash;
  end $$;

revoke execute on function lumoauth.take_once from public;
grant execute on function lumoauth.take_once to lumoauth_service;
`
