-- One function says that lines belong to drafts, whether they are added or changed. Deploy before or after the code.

drop trigger invoice_line_changes_on_draft on invoice_line;
drop function invoice_line_taxed_on_draft();
create trigger invoice_line_changes_on_draft after update on invoice_line
  referencing new table as added for each statement execute function invoice_line_on_draft();
