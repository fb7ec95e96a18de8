-- A document that was wrong can be issued anew: a new document of the same series that names it. Deploy before the code.

alter table invoice
  drop constraint invoice_of_run_or_amending,
  add constraint invoice_of_run_or_amending check (
    (type = 'invoice' and num_nonnulls(run_id, amends) = 1) or (type = 'credit_note' and amends is not null)),
  add constraint invoice_amending_says_why check (type = 'credit_note' or amends is null or reason is not null);

/* A document is replaced once; its replacement can be replaced in turn. */
create unique index invoice_reissued_once on invoice (amends) where type = 'invoice' and amends is not null and state <> 'discarded';
