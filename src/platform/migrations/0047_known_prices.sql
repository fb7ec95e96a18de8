-- Lines name prices that exist, looked up once per statement. Deploy before or after the code.

/* Lines belong to a draft, and name prices that exist: one look per document and price, in place of a foreign key's one per
   line; by their keys, since a plan that was made while a table was small would read all of it. A price that lines name is
   frozen, and no role may delete it. */
create or replace function invoice_line_on_draft() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select from (select distinct invoice_id from added) document
    left join lateral (select state from invoice where id = document.invoice_id offset 0) invoice on true
    where invoice.state is distinct from 'draft')
  then
    raise exception 'lines are added to drafts only'
      using errcode = 'check_violation', constraint = 'invoice_line_on_draft';
  end if;
  if exists (
    select from (select distinct price_rate_id from added where price_rate_id is not null) wanted
    left join lateral (select true as is_known from price_rate where id = wanted.price_rate_id offset 0) known on true
    where is_known is null)
  then
    raise exception 'a line names a price that exists'
      using errcode = 'foreign_key_violation', constraint = 'invoice_line_price_rate';
  end if;
  return null;
end $$;
alter table invoice_line drop constraint invoice_line_price_rate;
