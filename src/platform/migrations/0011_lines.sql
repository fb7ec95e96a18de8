-- What can stand on a document: more kinds of lines than usage, credit notes beside invoices, and the postings of both.
-- Deploy before the code. A row written before says what it said: every new column has the old meaning as its default.

/* `kind` tells charges of the same SKU and days apart. `details` holds what a kind needs, beside quantity and price, to come to
   its amount again; `fx_rate_id` the pinned rate where the price is of another currency; both are copied to the line. */
alter table rated_bucket
  add kind text not null default 'usage' constraint rated_bucket_kind_known check (kind in ('usage', 'recurring', 'oneTime', 'minimum', 'credit')),
  add fx_rate_id uuid,
  add tax_category text,
  add details jsonb constraint rated_bucket_details_object check (jsonb_typeof(details) = 'object'),
  drop constraint rated_bucket_key,
  add constraint rated_bucket_key primary key (seller_id, period, edge_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start, kind);

/* A discount is a line of its own, negative, that names the line it reduces; it has no price. A line of a credit note names
   the line of the document that its note amends. */
alter table invoice_line
  drop constraint invoice_line_kind_known,
  add constraint invoice_line_kind_known check (kind in ('usage', 'late', 'recurring', 'oneTime', 'minimum', 'discount', 'credit')),
  add fx_rate_id uuid,
  add details jsonb constraint invoice_line_details_object check (jsonb_typeof(details) = 'object'),
  add amends_line int,
  alter price_rate_id drop not null,
  add constraint invoice_line_priced check (price_rate_id is not null or kind in ('discount', 'credit')),
  add constraint invoice_line_discount_names_its_line check (kind <> 'discount' or amends_line is not null);

/* A credit note is a document of its own series that amends one invoice; no run makes it. */
alter table invoice
  drop constraint invoice_type_known,
  add constraint invoice_type_known check (type in ('invoice', 'credit_note')),
  alter run_id drop not null,
  add amends uuid constraint invoice_amends_one references invoice,
  add reason text constraint invoice_reason_length check (length(reason) between 1 and 500),
  add constraint invoice_of_run_or_amending check ((type = 'invoice' and run_id is not null) or (type = 'credit_note' and amends is not null));
create index invoice_by_amended on invoice (amends) where amends is not null;

alter table posting
  drop constraint posting_document_known,
  add constraint posting_document_known check (document_type in (
    'invoice', 'credit_note', 'payment', 'write_off', 'credit', 'earning', 'statement', 'payout', 'payout_return'));
