/** What was asked of the translator, and what came of it. Rows are written once. */
export const translations = `
create table lumoauth.translations (
  org text collate "C" not null references lumoauth.orgs,
  id text collate "C" not null,
  at bigint not null,
  author text not null,
  text text not null,
  text_hash text collate "C" not null,
  model text not null,
  outcome text not null,
  failure text,
  rounds integer not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  draft text,
  answer json,
  primary key (org, id)
);
create index translations_newest on lumoauth.translations (org, at, id);

alter table lumoauth.translations enable row level security;
alter table lumoauth.translations force row level security;
create policy org on lumoauth.translations using (org = current_setting('lumoauth.org', true))
  with check (org = current_setting('lumoauth.org', true));
grant select, insert on lumoauth.translations to lumoauth_service;
`
