-- What `./weir verify` reads: everybody's figures, and nothing of people, sessions, secrets and webhook addresses.
-- Safe to deploy before the code: rights to read, for a role that no process can switch to.

do $$
declare relation text;
begin
  foreach relation in array array[
    'chain', 'edge', 'chain_edge', 'sku', 'region', 'price_list', 'price_rate', 'billing_period', 'usage_batch',
    'usage_outcome', 'usage_key', 'usage_event', 'usage_daily', 'usage_quarantine', 'rating_due', 'rated_bucket',
    'billing_run', 'invoice', 'invoice_line', 'number_series', 'posting', 'commission_rule', 'earning', 'job', 'event',
    'webhook_delivery'
  ] loop
    call weir_open(relation::regclass, 'weir_verify', array['select']);
  end loop;
end $$;
