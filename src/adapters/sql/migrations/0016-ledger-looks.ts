/**
 * Whoever looks at a meter without its lock reads the counter, its holds and its slides as of one instant. Statements of a
 * volatile function would each see what was committed since, and count twice what a sweep took from the slides.
 */
export const ledgerLooks = `
alter function lumoauth.ledger_lost(lumoauth.counters) stable;
alter function lumoauth.ledger_stand(lumoauth.counters, jsonb, bigint, text) stable;
`
