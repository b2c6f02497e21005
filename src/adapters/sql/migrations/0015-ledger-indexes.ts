/**
 * Plans of the ledger's functions are made while its tables are nearly empty, where any index of the org does, and kept as
 * long as the connection is. So no index but the one that is meant begins with the org.
 */
export const ledgerIndexes = `
drop index lumoauth.counters_over;
drop index lumoauth.reservations_over;
drop index lumoauth.holds_of;
create index counters_over on lumoauth.counters (over_at, org) where over_at is not null;
create index reservations_over on lumoauth.reservations (over_at, org);
create index holds_of on lumoauth.holds (reservation, org);
`
