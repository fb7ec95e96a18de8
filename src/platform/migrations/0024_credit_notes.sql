-- Credit notes can be issued: what they take back of a line is never more than the line.
-- Deploy before the code: it only refuses what nobody did yet.

/* What all issued notes take back of a line, its discounts counted in, whoever issues at the same time: the amended document
   is locked first, its notes read afterwards. */
create function credit_note_within_lines() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if not exists (select from changed where type = 'credit_note' and state = 'issued') then return null; end if;
  perform from invoice where id in (select amends from changed where type = 'credit_note' and state = 'issued')
  order by id for no key update;
  if exists (
    select from (select distinct amends from changed where type = 'credit_note' and state = 'issued') noted
    join invoice_line target on target.invoice_id = noted.amends and target.kind <> 'discount'
    cross join lateral (
      select coalesce(sum(credit.net), 0) as net from invoice note join invoice_line credit on credit.invoice_id = note.id
      where note.amends = noted.amends and note.type = 'credit_note' and note.state = 'issued'
        and credit.amends_line = target.line) credited
    cross join lateral (
      select coalesce(sum(discount.net), 0) as net from invoice_line discount
      where discount.invoice_id = noted.amends and discount.kind = 'discount' and discount.amends_line = target.line) discounted
    where credited.net > greatest(target.net + discounted.net, 0))
  then
    raise exception 'credit notes take back a line and no more'
      using errcode = 'check_violation', constraint = 'credit_note_within_lines';
  end if;
  return null;
end $$;
create trigger credit_note_stays_within_lines after update on invoice
  referencing new table as changed for each statement execute function credit_note_within_lines();

/* A note names a line once. */
create unique index invoice_line_credited_once on invoice_line (invoice_id, amends_line) where kind = 'credit' and amends_line is not null;
create index invoice_seen_by_amending on invoice (seller_id, id desc) where type = 'credit_note';
