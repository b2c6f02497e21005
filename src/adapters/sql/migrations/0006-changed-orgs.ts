/**
 * Which orgs changed, asked for all at once. An org's row holds the transaction that last moved its revision; one that was
 * not to be seen by a snapshot has a number of at least that snapshot's `xmin`, so nothing is missed whatever the order
 * of the commits. A trigger notes it, so that a node of the release before does too. Numbers above those of a snapshot
 * come from a database this one was restored from.
 */
export const changedOrgs = `
alter table lumoauth.orgs add column changed_by xid8 not null default pg_catalog.pg_current_xact_id();
create index orgs_changed on lumoauth.orgs (changed_by);

create function lumoauth.note_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    new.changed_by := pg_current_xact_id();
    return new;
  end $$;
create trigger note_change before update of revision on lumoauth.orgs
  for each row execute function lumoauth.note_change();

create function lumoauth.changed_orgs(since xid8) returns table (org text, revision bigint)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as 'select org, revision from lumoauth.orgs
    where changed_by >= since and changed_by < pg_snapshot_xmax(pg_current_snapshot())';

create function lumoauth.recent_orgs(count integer) returns table (org text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as 'select org from lumoauth.orgs where strpos(org, ''/'') = 0 order by changed_by desc limit count';

revoke execute on function lumoauth.note_change, lumoauth.changed_orgs, lumoauth.recent_orgs from public;
grant execute on function lumoauth.note_change, lumoauth.changed_orgs, lumoauth.recent_orgs to lumoauth_service;
`
