-- Organizations that are closed: for good, and only once nothing is open. Deploy before the code.

/* Who keeps the chains looks at what an organization has open on edges that nobody above it may see. */
call weir_open('rated_bucket', 'weir_chain', array['select']);
call weir_open('rating_due', 'weir_chain', array['select']);
call weir_open('invoice', 'weir_chain', array['select']);
call weir_open('invoice_event', 'weir_chain', array['select']);
call weir_open('credit_entry', 'weir_chain', array['select']);
call weir_open('statement', 'weir_chain', array['select']);
call weir_open('earning', 'weir_chain', array['select']);

/* Closed is final (contract, States). */
create function organization_stays_closed() returns trigger language plpgsql as $$
begin
  raise exception 'a closed organization stays closed'
    using errcode = 'check_violation', constraint = 'organization_stays_closed';
end $$;
create trigger organization_stays_closed before update of state on organization
  for each row when (old.state = 'closed' and new.state <> 'closed') execute function organization_stays_closed();
