-- Rules that earn on what was collected, or on the payer's margin. Deploy before the code.

alter table commission_rule
  drop constraint commission_rule_basis_known,
  add constraint commission_rule_basis_known check (basis in ('net', 'margin', 'collected')),
  add constraint commission_rule_collected_is_paid check (basis <> 'collected' or terms ->> 'trigger' = 'paid');
