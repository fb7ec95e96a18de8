-- Earnings and postings name what exists, looked up once per statement. Deploy before or after the code.

/* An earning is of a line of an issued document, by a rule of its payer in its currency, on a statement of its payer and
   payee. Looked up once for all rows of a statement: a foreign key looks once per row and key, and writes a lock into each
   line that it finds, which was a third of a commission run. None of what is named can be deleted or change its key
   (no role may delete it; issued documents, rules and statements keep theirs). By their keys, since a plan that was made
   while a table was small would read all of it. */
create function earning_is_of_known() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select from (select distinct invoice_id from earned) document
    left join lateral (select state from invoice where id = document.invoice_id offset 0) invoice on true
    where invoice.state is distinct from 'issued')
  then
    raise exception 'only issued documents earn'
      using errcode = 'foreign_key_violation', constraint = 'earning_of_issued';
  end if;
  if exists (
    select from (select distinct invoice_id, line from earned) wanted
    left join lateral (
      select true as is_known from invoice_line where invoice_id = wanted.invoice_id and line = wanted.line offset 0) known on true
    where is_known is null)
  then
    raise exception 'an earning is of a line that exists'
      using errcode = 'foreign_key_violation', constraint = 'earning_of_line';
  end if;
  if exists (
    select from (select distinct rule_id, payer_id, currency from earned) wanted
    left join lateral (
      select payer_id, currency from commission_rule where id = wanted.rule_id offset 0) rule on true
    where (rule.payer_id, rule.currency) is distinct from (wanted.payer_id, wanted.currency))
  then
    raise exception 'an earning is by a rule of its payer, in its currency'
      using errcode = 'foreign_key_violation', constraint = 'earning_by_rule';
  end if;
  if exists (
    select from (select distinct statement_id, payer_id, payee_id, currency from earned) wanted
    left join lateral (
      select payer_id, payee_id, currency from statement where id = wanted.statement_id offset 0) statement on true
    where (statement.payer_id, statement.payee_id, statement.currency)
      is distinct from (wanted.payer_id, wanted.payee_id, wanted.currency))
  then
    raise exception 'an earning stands on a statement of its payer and payee, in its currency'
      using errcode = 'foreign_key_violation', constraint = 'earning_on_statement';
  end if;
  return null;
end $$;
create trigger earning_of_known after insert on earning
  referencing new table as earned for each statement execute function earning_is_of_known();
alter table earning
  drop constraint earning_of_line,
  drop constraint earning_by_rule,
  drop constraint earning_payee;

/* The same of the books: a statement has few, and none is deleted. */
create or replace function posting_must_balance() returns trigger language plpgsql as $$
begin
  if exists (select from posted group by book_id, currency, document_id having sum(amount) <> 0) then
    raise exception 'postings of a document must add up to zero per book and currency'
      using errcode = 'check_violation', constraint = 'posting_must_balance';
  end if;
  if exists (
    select from (select distinct book_id from posted) book
    where not exists (select from organization where organization.id = book.book_id))
  then
    raise exception 'a posting is in the book of an organization'
      using errcode = 'foreign_key_violation', constraint = 'posting_book';
  end if;
  return null;
end $$;
alter table posting drop constraint posting_book;
