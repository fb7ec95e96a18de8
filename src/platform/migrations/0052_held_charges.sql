-- Charges that a month holds on no document: rating looks them up by tenant, whatever the month. Nothing reads it before the code.

create index rated_bucket_held_charges on rated_bucket (seller_id, tenant_id)
  where kind in ('recurring', 'oneTime') and state in ('fresh', 'parked');
