-- Versions of commission rules that hold for all of the month in which they begin. Deploy before the code.

/* A version that was earned by can end earlier where a retroactive one takes its place: what it earned is computed again. */
alter table commission_rule
  add superseded boolean not null default false,
  drop constraint commission_rule_covers_its_use,
  add constraint commission_rule_covers_its_use
    check (used_until is null or upper_inf(valid) or superseded or used_until <= upper(valid));
create or replace function commission_rule_is_fixed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and lower(new.valid) = lower(old.valid) and new.valid <@ old.valid
    and (old.used_until is null or new.used_until >= old.used_until) and (new.superseded or not old.superseded)
    and (new.id, new.payer_id, new.payee_id, new.currency, new.basis, new.terms, new.inheritable, new.created_at,
         new.see_platform_id, new.see_distributor_id, new.see_partner_id, new.see_tenant_id)
      is not distinct from (old.id, old.payer_id, old.payee_id, old.currency, old.basis, old.terms, old.inheritable, old.created_at,
         old.see_platform_id, old.see_distributor_id, old.see_partner_id, old.see_tenant_id)
  then
    return new;
  end if;
  raise exception 'a commission rule never changes but for an earlier end'
    using errcode = 'check_violation', constraint = 'commission_rule_is_fixed';
end $$;

/* `retiered` is how often a line was computed again before an earning on it was made. What a retroactive version computes again
   is taken back whole, by a retier on the same document, and a reversal of what reversals took of it; what it gives instead is a
   retier that takes back nothing. */
alter table earning
  add retiered int not null default 0 constraint earning_retiered_counted check (retiered >= 0),
  drop constraint earning_takes_back_from,
  add constraint earning_takes_back_from check (case kind when 'earned' then reverses is null else reverses is not null or retiered > 0 end);
drop index earning_once;
create unique index earning_once on earning (invoice_id, line, payee_id, service_start, retiered)
  where share_of is null and reverses is null and payment_id is null;
drop index earning_taken_back_once;
create unique index earning_taken_back_once on earning (reverses, invoice_id, kind) where share_of is null and reverses is not null;
