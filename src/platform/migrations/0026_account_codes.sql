-- How an organization's own accounting calls the accounts of its book, for exports. Safe to deploy before the code.

create table account_code (
  org_id     uuid not null constraint account_code_owner references organization,
  account    text not null constraint account_code_account_known check (account in (
    'receivable', 'revenue', 'tax_payable', 'credit_balance', 'discount', 'write_off', 'fx_difference',
    'commission_expense', 'commission_accrued', 'commission_payable', 'bank')),
  code       text not null constraint account_code_length check (length(code) between 1 and 40),
  updated_at timestamptz not null default clock_timestamp(),
  constraint account_code_key primary key (org_id, account)
);
call weir_open_own('account_code', array['select', 'insert', 'update', 'delete']);
call weir_open('account_code', 'weir_verify', array['select']);
create index posting_of_book on posting (book_id, id);
