-- Notes of thousands of lines: what reduces or takes back a line is found by the line. Deploy before or after the code.

create index invoice_line_reduced on invoice_line (invoice_id, amends_line) where kind = 'discount';

/* As before; the credits of a line are looked up by its number, however many there are. */
create or replace function credit_note_within_lines() returns trigger language plpgsql set enable_seqscan = off as $$
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
        and credit.kind = 'credit' and credit.amends_line = target.line) credited
    cross join lateral (
      select target.net + coalesce(sum(discount.net), 0) as net from invoice_line discount
      where discount.invoice_id = noted.amends and discount.kind = 'discount' and discount.amends_line = target.line) worth
    where credited.net not between least(worth.net, 0) and greatest(worth.net, 0))
  then
    raise exception 'credit notes take back a line and no more'
      using errcode = 'check_violation', constraint = 'credit_note_within_lines';
  end if;
  return null;
end $$;
