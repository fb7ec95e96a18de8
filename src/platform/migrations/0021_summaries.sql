-- Documents of one month, for whoever sees them: a summary looks at its months only, however long the history is.
-- Safe to deploy before the code: indexes.

create index invoice_of_distributor_by_period on invoice (see_distributor_id, period) where see_distributor_id is not null;
create index invoice_of_partner_by_period on invoice (see_partner_id, period) where see_partner_id is not null;
create index invoice_of_tenant_by_period on invoice (see_tenant_id, period) where see_tenant_id is not null;
