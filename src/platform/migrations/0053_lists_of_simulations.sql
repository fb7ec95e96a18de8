-- A payer lists what it tried out, newest first.
create index commission_simulation_by_payer on commission_simulation (payer_id, id desc);
