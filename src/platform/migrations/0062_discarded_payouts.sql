-- A batch that was not sent can be discarded: its statements are owed as before. Deploy before the code: nothing writes the
-- new state or column yet.

alter table payout
  drop constraint payout_state_known,
  drop constraint payout_approved,
  add constraint payout_state_known check (state in ('draft', 'approved', 'sent', 'settled', 'partly_returned', 'discarded')),
  add constraint payout_approved check (
    (approved_by is null) = (approved_at is null)
    and case state when 'draft' then approved_at is null when 'discarded' then sent_at is null else approved_at is not null end);

alter table payout_payment
  drop constraint payout_payment_state_known,
  drop constraint payout_payment_approved,
  drop constraint payout_payment_sent,
  add constraint payout_payment_state_known check (state in ('draft', 'approved', 'sent', 'settled', 'returned', 'discarded')),
  add constraint payout_payment_approved check (
    case state when 'draft' then approved_at is null when 'discarded' then true else approved_at is not null end),
  add constraint payout_payment_sent check ((state in ('draft', 'approved', 'discarded')) = (sent_at is null));

alter table payout_statement
  add column is_discarded boolean not null default false,
  add constraint payout_statement_one_end check (not is_discarded or return_id is null);
drop index payout_statement_paid_once;
create unique index payout_statement_paid_once on payout_statement (statement_id) where return_id is null and not is_discarded;
