-- Contracts of resellers that are confidential: the platform does not see what they sell. Deploy before the code.

alter table organization
  add is_confidential boolean not null default false,
  add constraint organization_confidential_is_reseller
    check (not is_confidential or commercial_model is not distinct from 'reseller');

alter table organization_change
  add to_confidential boolean,
  drop constraint organization_change_kind_known,
  add constraint organization_change_kind_known
    check (kind in ('parent', 'commercial_model', 'edge_terms', 'confidentiality')),
  drop constraint organization_change_says_what,
  add constraint organization_change_says_what check (case kind
    when 'parent' then to_parent_id is not null
    when 'commercial_model' then to_model is not null
    when 'confidentiality' then to_confidential is not null
    else seller_id is not null and num_nonnulls(to_currency, to_payment_term) > 0 and (to_currency is null) = (to_currency_digits is null) end);
