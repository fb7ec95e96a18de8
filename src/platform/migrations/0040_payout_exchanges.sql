-- Payments to payees whose own currency is not that of their statements. Deploy before the code: nothing writes this table yet.

/* What a batch pays one payee instead of the sum of its statements: that sum at the rate of the day on which the batch was
   made, rounded once. It never changes: the second person approves it, and a return takes back exactly this. */
create table payout_exchange (
  payout_id          uuid not null,
  payee_id           uuid not null constraint payout_exchange_payee references organization,
  payer_id           uuid not null,
  currency           text not null,
  amount             numeric not null constraint payout_exchange_amount_positive check (amount > 0),
  paid_currency      text not null constraint payout_exchange_paid_currency_form check (paid_currency ~ '^[A-Z]{3}$'),
  paid_amount        numeric not null constraint payout_exchange_paid_amount_positive check (paid_amount > 0),
  fx_rate_id         uuid not null constraint payout_exchange_rate references fx_rate,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint payout_exchange_key primary key (payout_id, payee_id),
  constraint payout_exchange_two_currencies check (currency <> paid_currency),
  constraint payout_exchange_of_payout foreign key (payout_id, payer_id, currency) references payout (id, payer_id, currency)
);
call weir_open_edge('payout_exchange', array['select', 'insert'], 'payer_id');
call weir_open('payout_exchange', 'weir_verify', array['select']);
