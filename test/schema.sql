table account -- row level security forced
  id uuid not null
  org_id uuid not null
  distributor_id uuid not null
  partner_id uuid not null
  tenant_id uuid not null
  email text not null
  name text not null
  password_hash text
  state text not null default 'active'::text
  version integer not null default 1
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint account_email_length CHECK (((length(email) >= 3) AND (length(email) <= 254)))
  constraint account_email_lower CHECK ((email = lower(email)))
  constraint account_email_per_organization UNIQUE (org_id, email)
  constraint account_key PRIMARY KEY (id)
  constraint account_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint account_of_organization FOREIGN KEY (org_id, distributor_id, partner_id, tenant_id) REFERENCES organization(id, distributor_id, partner_id, tenant_id) ON UPDATE CASCADE
  constraint account_state_known CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text])))
  CREATE INDEX account_by_distributor ON public.account USING btree (distributor_id, id)
  CREATE INDEX account_by_email ON public.account USING btree (email)
  CREATE INDEX account_by_partner ON public.account USING btree (partner_id, id)
  CREATE INDEX account_by_tenant ON public.account USING btree (tenant_id, id)
  insert to weir_backfill, weir_platform: true
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_auth, weir_backfill, weir_chain, weir_platform: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_auth, weir_platform: true
  update to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  update to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  update to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table account_code -- row level security forced
  org_id uuid not null
  account text not null
  code text not null
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint account_code_account_known CHECK ((account = ANY (ARRAY['receivable'::text, 'revenue'::text, 'tax_payable'::text, 'credit_balance'::text, 'credits_granted'::text, 'discount'::text, 'write_off'::text, 'fx_difference'::text, 'commission_expense'::text, 'commission_accrued'::text, 'commission_payable'::text, 'bank'::text])))
  constraint account_code_key PRIMARY KEY (org_id, account)
  constraint account_code_length CHECK (((length(code) >= 1) AND (length(code) <= 40)))
  constraint account_code_owner FOREIGN KEY (org_id) REFERENCES organization(id)
  delete to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table audit -- row level security forced
  id uuid not null
  org_id uuid not null
  distributor_id uuid not null
  partner_id uuid not null
  tenant_id uuid not null
  account_id uuid
  action text not null
  object_type text not null
  object_id uuid
  details jsonb not null default '{}'::jsonb
  request_id text
  at timestamp with time zone not null default clock_timestamp()
  constraint audit_details_object CHECK ((jsonb_typeof(details) = 'object'::text))
  constraint audit_key PRIMARY KEY (id)
  constraint audit_of_organization FOREIGN KEY (org_id, distributor_id, partner_id, tenant_id) REFERENCES organization_place(org_id, distributor_id, partner_id, tenant_id)
  CREATE INDEX audit_by_distributor ON public.audit USING btree (distributor_id, id DESC)
  CREATE INDEX audit_by_object ON public.audit USING btree (object_id, id DESC)
  CREATE INDEX audit_by_organization ON public.audit USING btree (org_id, id DESC)
  CREATE INDEX audit_by_partner ON public.audit USING btree (partner_id, id DESC)
  CREATE INDEX audit_by_tenant ON public.audit USING btree (tenant_id, id DESC)
  insert to weir_backfill, weir_chain: true
  insert to weir_distributor, weir_ingest, weir_partner, weir_platform, weir_relay, weir_seller, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: true
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table billed_service -- row level security forced
  seller_id uuid not null
  edge_id uuid not null
  tenant_id uuid not null
  subscription_id uuid not null
  charge_id uuid not null
  kind text not null
  period tstzrange not null
  plan_version_id uuid not null
  quantity numeric not null
  price_rate_id uuid not null
  fx_rate_id uuid
  tax_category text
  details jsonb not null
  invoice_id uuid not null
  constraint billed_service_bounded CHECK (((lower(period) IS NOT NULL) AND (upper(period) IS NOT NULL)))
  constraint billed_service_charge FOREIGN KEY (charge_id) REFERENCES sku(id)
  constraint billed_service_details_object CHECK ((jsonb_typeof(details) = 'object'::text))
  constraint billed_service_edge FOREIGN KEY (edge_id) REFERENCES edge(id)
  constraint billed_service_invoice FOREIGN KEY (invoice_id) REFERENCES invoice(id)
  constraint billed_service_kind_known CHECK ((kind = ANY (ARRAY['recurring'::text, 'oneTime'::text])))
  constraint billed_service_once EXCLUDE USING gist (seller_id WITH =, subscription_id WITH =, charge_id WITH =, period WITH &&)
  constraint billed_service_period_form CHECK (((NOT isempty(period)) AND lower_inc(period) AND (NOT upper_inc(period)) AND isfinite(lower(period)) AND isfinite(upper(period))))
  constraint billed_service_price FOREIGN KEY (price_rate_id) REFERENCES price_rate(id)
  constraint billed_service_subscription FOREIGN KEY (subscription_id) REFERENCES subscription(id)
  CREATE INDEX billed_service_by_invoice ON public.billed_service USING btree (invoice_id)
  CREATE INDEX billed_service_by_tenant ON public.billed_service USING btree (seller_id, tenant_id)
  CREATE UNIQUE INDEX billed_service_one_time ON public.billed_service USING btree (seller_id, subscription_id, charge_id) WHERE (kind = 'oneTime'::text)
  delete to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table billing_period -- row level security forced
  period text not null
  state text not null default 'open'::text
  spanning text not null default 'split'::text
  closed_at timestamp with time zone
  closed_by uuid
  certificate jsonb
  constraint billing_period_certificate_object CHECK ((jsonb_typeof(certificate) = 'object'::text))
  constraint billing_period_certified CHECK (((state = 'closed'::text) = (certificate IS NOT NULL)))
  constraint billing_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint billing_period_key PRIMARY KEY (period)
  constraint billing_period_spanning_known CHECK ((spanning = ANY (ARRAY['split'::text, 'start'::text])))
  constraint billing_period_state_known CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
  insert to weir_ingest, weir_platform, weir_seller: true
  select to weir_distributor, weir_ingest, weir_partner, weir_platform, weir_seller, weir_tenant, weir_verify: true
  update to weir_ingest, weir_platform, weir_seller: true

table billing_run -- row level security forced
  id uuid not null
  seller_id uuid not null
  org_id uuid not null generated seller_id
  period text not null
  job_id uuid not null
  issue boolean not null default false
  discard_job_id uuid
  state text not null default 'queued'::text
  invoices integer not null default 0
  lines integer not null default 0
  parked integer not null default 0
  issued integer not null default 0
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  waiting integer not null default 0
  waiting_for text[] not null default '{}'::text[]
  settled integer not null default 0
  constraint billing_run_discard_job FOREIGN KEY (discard_job_id) REFERENCES job(id)
  constraint billing_run_job FOREIGN KEY (job_id) REFERENCES job(id)
  constraint billing_run_key PRIMARY KEY (id)
  constraint billing_run_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint billing_run_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint billing_run_settled_positive CHECK ((settled >= 0))
  constraint billing_run_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'rating'::text, 'drafted'::text, 'issuing'::text, 'done'::text, 'cancelled'::text])))
  constraint billing_run_waiting_says_why CHECK (((waiting >= 0) AND ((waiting = 0) = (waiting_for = '{}'::text[]))))
  CREATE INDEX billing_run_by_seller ON public.billing_run USING btree (seller_id, id DESC)
  CREATE UNIQUE INDEX billing_run_one_active ON public.billing_run USING btree (seller_id, period) WHERE (state = ANY (ARRAY['queued'::text, 'rating'::text, 'drafted'::text, 'issuing'::text]))
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay, weir_verify: true
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table billing_setting -- row level security forced
  org_id uuid not null
  zero_totals text not null
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint billing_setting_key PRIMARY KEY (org_id)
  constraint billing_setting_seller FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint billing_setting_zero_totals_known CHECK ((zero_totals = ANY (ARRAY['issue'::text, 'settle'::text])))
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_seller, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table chain -- row level security forced
  id uuid not null
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  partner_model text
  distributor_model text
  valid daterange not null
  constraint chain_distributor_model_known CHECK ((distributor_model = ANY (ARRAY['agent'::text, 'reseller'::text])))
  constraint chain_key PRIMARY KEY (id)
  constraint chain_line UNIQUE (id, tenant_id, partner_id, distributor_id)
  constraint chain_of_tenant FOREIGN KEY (tenant_id, distributor_id, partner_id) REFERENCES organization_place(org_id, distributor_id, partner_id)
  constraint chain_one_per_day EXCLUDE USING gist (tenant_id WITH =, valid WITH &&)
  constraint chain_partner_model_known CHECK ((partner_model = ANY (ARRAY['agent'::text, 'reseller'::text])))
  constraint chain_valid_not_empty CHECK ((NOT isempty(valid)))
  CREATE INDEX chain_ended ON public.chain USING btree (tenant_id) WHERE (NOT upper_inf(valid))
  insert to weir_chain: true
  select to weir_chain, weir_ingest, weir_platform, weir_seller, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain: true

table chain_edge -- row level security forced
  chain_id uuid not null
  edge_id uuid not null
  position smallint not null
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  constraint chain_edge_edge FOREIGN KEY (edge_id) REFERENCES edge(id)
  constraint chain_edge_key PRIMARY KEY (chain_id, edge_id)
  constraint chain_edge_of_chain FOREIGN KEY (chain_id, tenant_id, partner_id, distributor_id) REFERENCES chain(id, tenant_id, partner_id, distributor_id)
  constraint chain_edge_position_range CHECK ((("position" >= 0) AND ("position" <= 3)))
  CREATE INDEX chain_edge_by_edge ON public.chain_edge USING btree (edge_id, tenant_id)
  insert to weir_chain: true
  select to weir_chain, weir_ingest, weir_platform, weir_seller, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table commission_rule -- row level security forced
  id uuid not null
  payer_id uuid not null
  payee_id uuid not null
  currency text not null
  basis text not null default 'net'::text
  terms jsonb not null
  inheritable boolean not null default true
  valid daterange not null
  used_until date
  version integer not null default 1
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  superseded boolean not null default false
  constraint commission_rule_basis_known CHECK ((basis = ANY (ARRAY['net'::text, 'margin'::text, 'collected'::text])))
  constraint commission_rule_collected_is_paid CHECK (((basis <> 'collected'::text) OR ((terms ->> 'trigger'::text) = 'paid'::text)))
  constraint commission_rule_covers_its_use CHECK (((used_until IS NULL) OR upper_inf(valid) OR superseded OR (used_until <= upper(valid))))
  constraint commission_rule_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint commission_rule_key PRIMARY KEY (id)
  constraint commission_rule_not_to_oneself CHECK ((payer_id <> payee_id))
  constraint commission_rule_of_payer UNIQUE (id, payer_id, currency)
  constraint commission_rule_one_per_day EXCLUDE USING gist (payer_id WITH =, payee_id WITH =, currency WITH =, valid WITH &&)
  constraint commission_rule_payee FOREIGN KEY (payee_id) REFERENCES organization(id)
  constraint commission_rule_payer FOREIGN KEY (payer_id) REFERENCES organization(id)
  constraint commission_rule_terms_object CHECK ((jsonb_typeof(terms) = 'object'::text))
  constraint commission_rule_valid_form CHECK (((NOT isempty(valid)) AND (NOT lower_inf(valid))))
  CREATE INDEX commission_rule_seen_by_distributor ON public.commission_rule USING btree (see_distributor_id, id DESC) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX commission_rule_seen_by_partner ON public.commission_rule USING btree (see_partner_id, id DESC) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX commission_rule_seen_by_platform ON public.commission_rule USING btree (see_platform_id, id DESC) WHERE (see_platform_id IS NOT NULL)
  CREATE TRIGGER commission_rule_fixed BEFORE DELETE OR UPDATE ON public.commission_rule FOR EACH ROW EXECUTE FUNCTION commission_rule_is_fixed()
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))

table commission_simulation -- row level security forced
  id uuid not null
  payer_id uuid not null
  org_id uuid not null generated payer_id
  period text not null
  payee_id uuid not null
  currency text not null
  basis text not null
  terms jsonb not null
  inheritable boolean not null
  job_id uuid not null
  created_at timestamp with time zone not null default clock_timestamp()
  constraint commission_simulation_basis_known CHECK ((basis = ANY (ARRAY['net'::text, 'margin'::text, 'collected'::text])))
  constraint commission_simulation_collected_is_paid CHECK (((basis <> 'collected'::text) OR ((terms ->> 'trigger'::text) = 'paid'::text)))
  constraint commission_simulation_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint commission_simulation_job FOREIGN KEY (job_id) REFERENCES job(id)
  constraint commission_simulation_key PRIMARY KEY (id)
  constraint commission_simulation_payee FOREIGN KEY (payee_id) REFERENCES organization(id)
  constraint commission_simulation_payer FOREIGN KEY (payer_id) REFERENCES organization(id)
  constraint commission_simulation_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint commission_simulation_terms_object CHECK ((jsonb_typeof(terms) = 'object'::text))
  CREATE INDEX commission_simulation_by_payer ON public.commission_simulation USING btree (payer_id, id DESC)
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table commission_simulation_row -- row level security forced
  simulation_id uuid not null
  payer_id uuid not null
  org_id uuid not null generated payer_id
  payee_id uuid not null
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  sku_id uuid not null
  currency text not null
  lines integer not null
  before numeric not null
  after numeric not null
  unknown integer not null
  constraint commission_simulation_row_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint commission_simulation_row_key PRIMARY KEY (simulation_id, payee_id, tenant_id, partner_id, distributor_id, sku_id, currency)
  constraint commission_simulation_row_of_simulation FOREIGN KEY (simulation_id) REFERENCES commission_simulation(id) ON DELETE CASCADE
  constraint commission_simulation_row_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table corrected_quantity -- row level security forced
  seller_id uuid not null
  correction_id uuid not null
  position integer not null
  tenant_id uuid not null
  period text not null
  subscription_id uuid not null
  sku_id uuid not null
  day date not null
  quantity numeric not null
  constraint corrected_quantity_key PRIMARY KEY (seller_id, correction_id, "position")
  constraint corrected_quantity_of_correction FOREIGN KEY (correction_id) REFERENCES correction(id)
  constraint corrected_quantity_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint corrected_quantity_position_positive CHECK (("position" > 0))
  constraint corrected_quantity_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint corrected_quantity_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  constraint corrected_quantity_subscription FOREIGN KEY (subscription_id) REFERENCES subscription(id)
  constraint corrected_quantity_tenant FOREIGN KEY (tenant_id) REFERENCES organization(id)
  CREATE INDEX corrected_quantity_by_tenant ON public.corrected_quantity USING btree (seller_id, tenant_id, period)
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table correction -- row level security forced
  id uuid not null
  org_id uuid not null
  tenant_id uuid not null
  period text not null
  reason text not null
  quantities jsonb not null
  digest text not null
  state text not null default 'draft'::text
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  applied_at timestamp with time zone
  constraint correction_applied_when CHECK (((state = 'applied'::text) = (applied_at IS NOT NULL)))
  constraint correction_asked_by FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint correction_key PRIMARY KEY (id)
  constraint correction_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint correction_quantities_list CHECK ((jsonb_typeof(quantities) = 'array'::text))
  constraint correction_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint correction_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'applied'::text])))
  constraint correction_tenant FOREIGN KEY (tenant_id) REFERENCES organization(id)
  CREATE INDEX correction_by_organization ON public.correction USING btree (org_id, id DESC)
  CREATE INDEX correction_by_tenant ON public.correction USING btree (tenant_id, period) WHERE (state = 'applied'::text)
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table correction_edge -- row level security forced
  correction_id uuid not null
  org_id uuid not null
  edge_id uuid not null
  seller_id uuid not null
  effects jsonb not null
  credit_note_ids uuid[] not null default '{}'::uuid[]
  invoice_id uuid
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  constraint correction_edge_effects_object CHECK ((jsonb_typeof(effects) = 'object'::text))
  constraint correction_edge_key PRIMARY KEY (correction_id, edge_id)
  constraint correction_edge_of FOREIGN KEY (correction_id) REFERENCES correction(id)
  constraint correction_edge_on FOREIGN KEY (edge_id) REFERENCES edge(id)
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: ((see_distributor_id = ( SELECT weir_org() AS weir_org)) AND (org_id = ( SELECT weir_org() AS weir_org)))
  select to weir_partner: ((see_partner_id = ( SELECT weir_org() AS weir_org)) AND (org_id = ( SELECT weir_org() AS weir_org)))
  select to weir_platform: ((see_platform_id = ( SELECT weir_org() AS weir_org)) AND (org_id = ( SELECT weir_org() AS weir_org)))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: ((see_tenant_id = ( SELECT weir_org() AS weir_org)) AND (org_id = ( SELECT weir_org() AS weir_org)))
  select to weir_verify: true
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table credit_entry -- row level security forced
  id uuid not null
  seller_id uuid not null
  buyer_id uuid not null
  edge_id uuid not null
  currency text not null
  kind text not null
  amount numeric not null
  source_id uuid not null
  at timestamp with time zone not null default clock_timestamp()
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  constraint credit_entry_key PRIMARY KEY (id)
  constraint credit_entry_kind_known CHECK ((kind = ANY (ARRAY['overpaid'::text, 'credited'::text, 'applied'::text, 'refunded'::text])))
  constraint credit_entry_on_edge FOREIGN KEY (edge_id, seller_id, buyer_id) REFERENCES edge(id, seller_id, buyer_id)
  constraint credit_entry_once UNIQUE (kind, source_id)
  constraint credit_entry_some CHECK ((amount <> (0)::numeric))
  CREATE INDEX credit_entry_of_buyer ON public.credit_entry USING btree (seller_id, buyer_id, currency)
  CREATE TRIGGER credit_entry_keeps_balance AFTER INSERT ON public.credit_entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION credit_entry_covered()
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))

table credit_grant -- row level security forced
  id uuid not null
  seller_id uuid not null
  buyer_id uuid not null
  edge_id uuid not null
  currency text not null
  amount numeric not null
  purpose text not null
  reason text not null
  valid daterange not null
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  constraint credit_grant_buyer FOREIGN KEY (buyer_id) REFERENCES organization(id)
  constraint credit_grant_key PRIMARY KEY (id)
  constraint credit_grant_of_seller UNIQUE (id, seller_id, currency)
  constraint credit_grant_on_edge FOREIGN KEY (edge_id, seller_id, buyer_id) REFERENCES edge(id, seller_id, buyer_id)
  constraint credit_grant_positive CHECK ((amount > (0)::numeric))
  constraint credit_grant_purpose_known CHECK ((purpose = ANY (ARRAY['promotion'::text, 'goodwill'::text, 'service_level'::text])))
  constraint credit_grant_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint credit_grant_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint credit_grant_valid_not_empty CHECK (((NOT isempty(valid)) AND (NOT lower_inf(valid))))
  CREATE INDEX credit_grant_by_seller ON public.credit_grant USING btree (seller_id, id DESC)
  CREATE INDEX credit_grant_of_buyer ON public.credit_grant USING btree (seller_id, buyer_id, currency)
  CREATE INDEX credit_grant_seen_by_distributor ON public.credit_grant USING btree (see_distributor_id, id DESC) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX credit_grant_seen_by_partner ON public.credit_grant USING btree (see_partner_id, id DESC) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX credit_grant_seen_by_tenant ON public.credit_grant USING btree (see_tenant_id, id DESC) WHERE (see_tenant_id IS NOT NULL)
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_relay, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))

table credit_grant_entry -- row level security forced
  id uuid not null
  grant_id uuid not null
  seller_id uuid not null
  currency text not null
  kind text not null
  amount numeric not null
  on_day date not null
  source_id uuid not null
  reason text
  at timestamp with time zone not null default clock_timestamp()
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  constraint credit_grant_entry_key PRIMARY KEY (id)
  constraint credit_grant_entry_kind_known CHECK ((kind = ANY (ARRAY['granted'::text, 'drawn'::text, 'expired'::text, 'voided'::text])))
  constraint credit_grant_entry_of_grant FOREIGN KEY (grant_id, seller_id, currency) REFERENCES credit_grant(id, seller_id, currency)
  constraint credit_grant_entry_once UNIQUE (source_id, kind)
  constraint credit_grant_entry_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint credit_grant_entry_sign CHECK (((amount <> (0)::numeric) AND ((kind = 'granted'::text) = (amount > (0)::numeric))))
  constraint credit_grant_entry_void_says_why CHECK (((kind = 'voided'::text) = (reason IS NOT NULL)))
  CREATE INDEX credit_grant_entry_of_grant ON public.credit_grant_entry USING btree (grant_id, id)
  CREATE UNIQUE INDEX credit_grant_entry_ended_once ON public.credit_grant_entry USING btree (grant_id) WHERE (kind = ANY (ARRAY['expired'::text, 'voided'::text]))
  CREATE UNIQUE INDEX credit_grant_entry_granted_once ON public.credit_grant_entry USING btree (grant_id) WHERE (kind = 'granted'::text)
  CREATE TRIGGER credit_grant_keeps_balance AFTER INSERT ON public.credit_grant_entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION credit_grant_covered()
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_relay, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))

table derivation_due -- row level security forced
  derivation_id uuid not null
  seller_id uuid not null
  marked_at timestamp with time zone not null default clock_timestamp()
  constraint derivation_due_derivation FOREIGN KEY (derivation_id) REFERENCES price_derivation(id)
  constraint derivation_due_key PRIMARY KEY (derivation_id)
  delete to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_relay: true
  select to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay: true
  update to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  update to weir_relay: true

table derived_gap -- row level security forced
  price_list_id uuid not null
  sku_id uuid not null
  seller_id uuid not null
  reason text not null
  constraint derived_gap_key PRIMARY KEY (price_list_id, sku_id)
  constraint derived_gap_of_list FOREIGN KEY (price_list_id) REFERENCES price_list(id) ON DELETE CASCADE
  constraint derived_gap_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  delete to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))

table derived_rate -- row level security forced
  price_rate_id uuid not null
  seller_id uuid not null
  derivation_id uuid not null
  base_rate_id uuid not null
  base_list_id uuid not null
  base_rate jsonb not null
  constraint derived_rate_base_object CHECK ((jsonb_typeof(base_rate) = 'object'::text))
  constraint derived_rate_derivation FOREIGN KEY (derivation_id) REFERENCES price_derivation(id)
  constraint derived_rate_key PRIMARY KEY (price_rate_id)
  constraint derived_rate_of_rate FOREIGN KEY (price_rate_id) REFERENCES price_rate(id) ON DELETE CASCADE
  insert to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table discount -- row level security forced
  id uuid not null
  seller_id uuid not null
  buyer_id uuid not null
  name text not null
  scope text not null
  subscription_id uuid
  sku_id uuid
  kind text not null
  value numeric not null
  currency text not null
  valid daterange not null
  limit_amount numeric
  limit_periods integer
  created_at timestamp with time zone not null default clock_timestamp()
  resource text
  constraint discount_buyer FOREIGN KEY (buyer_id) REFERENCES organization(id)
  constraint discount_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint discount_key PRIMARY KEY (id)
  constraint discount_kind_known CHECK ((kind = ANY (ARRAY['percent'::text, 'amount'::text, 'free_quantity'::text])))
  constraint discount_limit_positive CHECK ((limit_amount > (0)::numeric))
  constraint discount_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint discount_percent_range CHECK (((kind <> 'percent'::text) OR (value <= (100)::numeric)))
  constraint discount_periods_positive CHECK ((limit_periods > 0))
  constraint discount_resource_length CHECK (((length(resource) >= 1) AND (length(resource) <= 1024)))
  constraint discount_scope_known CHECK ((scope = ANY (ARRAY['buyer'::text, 'subscription'::text, 'sku'::text, 'resource'::text])))
  constraint discount_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint discount_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  constraint discount_subscription FOREIGN KEY (subscription_id) REFERENCES subscription(id)
  constraint discount_target_of_scope CHECK (
CASE scope
    WHEN 'buyer'::text THEN ((subscription_id IS NULL) AND (sku_id IS NULL) AND (resource IS NULL))
    WHEN 'subscription'::text THEN ((subscription_id IS NOT NULL) AND (resource IS NULL))
    WHEN 'sku'::text THEN ((sku_id IS NOT NULL) AND (resource IS NULL))
    ELSE ((subscription_id IS NOT NULL) AND (sku_id IS NOT NULL) AND (resource IS NOT NULL))
END)
  constraint discount_valid_not_empty CHECK ((NOT isempty(valid)))
  constraint discount_value_positive CHECK ((value > (0)::numeric))
  CREATE INDEX discount_by_buyer ON public.discount USING btree (buyer_id, id DESC)
  CREATE INDEX discount_by_seller ON public.discount USING btree (seller_id, buyer_id)
  insert to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: ((( SELECT weir_org() AS weir_org) = seller_id) OR (( SELECT weir_org() AS weir_org) = buyer_id))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))

table discount_use -- row level security forced
  discount_id uuid not null
  invoice_id uuid not null
  seller_id uuid not null
  buyer_id uuid not null
  valid daterange not null
  available numeric
  amount numeric not null
  used_at timestamp with time zone not null default clock_timestamp()
  given_up numeric not null default 0
  constraint discount_use_given_up_not_negative CHECK ((given_up >= (0)::numeric))
  constraint discount_use_invoice FOREIGN KEY (invoice_id) REFERENCES invoice(id)
  constraint discount_use_key PRIMARY KEY (discount_id, invoice_id)
  constraint discount_use_of_discount FOREIGN KEY (discount_id) REFERENCES discount(id)
  constraint discount_use_positive CHECK (((amount >= (0)::numeric) OR (available IS NULL)))
  constraint discount_use_within_limit CHECK (((available IS NULL) OR (amount <= available)))
  CREATE INDEX discount_use_by_invoice ON public.discount_use USING btree (invoice_id)
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (((( SELECT weir_org() AS weir_org) = seller_id) OR (( SELECT weir_org() AS weir_org) = buyer_id)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = discount_use.invoice_id))))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table earning -- row level security forced
  id uuid not null
  payer_id uuid not null
  payee_id uuid not null
  rule_id uuid not null
  rule jsonb not null
  invoice_id uuid not null
  line integer not null
  service_start date not null
  service_end date not null
  kind text not null default 'earned'::text
  period text not null
  currency text not null
  base numeric not null
  base_to_date numeric not null
  amount numeric not null
  amount_to_date numeric not null
  position integer
  job_id uuid not null
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  statement_id uuid not null
  held_until date
  whole numeric
  uncapped_to_date numeric
  payment_id uuid
  reverses uuid
  share_of uuid
  retiered integer not null default 0
  constraint earning_half_open CHECK ((service_end > service_start))
  constraint earning_key PRIMARY KEY (id)
  constraint earning_kind_known CHECK ((kind = ANY (ARRAY['earned'::text, 'retier'::text, 'reversal'::text])))
  constraint earning_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint earning_position_positive CHECK (("position" > 0))
  constraint earning_retiered_counted CHECK ((retiered >= 0))
  constraint earning_reverses FOREIGN KEY (reverses) REFERENCES earning(id)
  constraint earning_rule_object CHECK ((jsonb_typeof(rule) = 'object'::text))
  constraint earning_share_of FOREIGN KEY (share_of) REFERENCES earning(id)
  constraint earning_takes_back_from CHECK (
CASE kind
    WHEN 'earned'::text THEN (reverses IS NULL)
    ELSE ((reverses IS NOT NULL) OR (retiered > 0))
END)
  CREATE INDEX earning_by_statement ON public.earning USING btree (statement_id)
  CREATE INDEX earning_seen_by_distributor ON public.earning USING btree (see_distributor_id, period DESC, id DESC) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX earning_seen_by_partner ON public.earning USING btree (see_partner_id, period DESC, id DESC) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX earning_seen_by_platform ON public.earning USING btree (see_platform_id, period DESC, id DESC) WHERE (see_platform_id IS NOT NULL)
  CREATE UNIQUE INDEX earning_in_turn ON public.earning USING btree (rule_id, payee_id, period, "position") WHERE ("position" IS NOT NULL)
  CREATE UNIQUE INDEX earning_once ON public.earning USING btree (invoice_id, line, payee_id, service_start, retiered) WHERE ((share_of IS NULL) AND (reverses IS NULL) AND (payment_id IS NULL))
  CREATE UNIQUE INDEX earning_paid_once ON public.earning USING btree (invoice_id, line, payee_id, service_start, payment_id) WHERE ((share_of IS NULL) AND (reverses IS NULL) AND (payment_id IS NOT NULL))
  CREATE UNIQUE INDEX earning_shared_once ON public.earning USING btree (share_of, payee_id, ((held_until IS NOT NULL))) WHERE (share_of IS NOT NULL)
  CREATE UNIQUE INDEX earning_taken_back_once ON public.earning USING btree (reverses, invoice_id, kind) WHERE ((share_of IS NULL) AND (reverses IS NOT NULL))
  CREATE TRIGGER earning_of_known AFTER INSERT ON public.earning REFERENCING NEW TABLE AS earned FOR EACH STATEMENT EXECUTE FUNCTION earning_is_of_known()
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))

table earning_dispute -- row level security forced
  earning_id uuid not null
  payer_id uuid not null
  payee_id uuid not null
  state text not null
  reason text not null
  said_by uuid
  version integer not null default 1
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint earning_dispute_earning FOREIGN KEY (earning_id) REFERENCES earning(id)
  constraint earning_dispute_key PRIMARY KEY (earning_id)
  constraint earning_dispute_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint earning_dispute_state_known CHECK ((state = ANY (ARRAY['disputed'::text, 'accepted'::text])))
  insert to weir_distributor, weir_partner: (payee_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_distributor, weir_partner: (payee_id = ( SELECT weir_org() AS weir_org))

table edge -- row level security forced
  id uuid not null
  kind text not null
  seller_id uuid not null
  buyer_id uuid not null
  currency text not null
  currency_digits smallint not null
  payment_term_days integer not null default 30
  agent_distributor_id uuid
  agent_partner_id uuid
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  valid daterange not null
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint edge_agent_distributor FOREIGN KEY (agent_distributor_id) REFERENCES organization(id)
  constraint edge_agent_partner FOREIGN KEY (agent_partner_id) REFERENCES organization(id)
  constraint edge_buyer FOREIGN KEY (buyer_id) REFERENCES organization(id)
  constraint edge_cost_is_the_platforms CHECK (((kind = 'cost'::text) = (seller_id = buyer_id)))
  constraint edge_currency_digits_range CHECK (((currency_digits >= 0) AND (currency_digits <= 4)))
  constraint edge_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint edge_key PRIMARY KEY (id)
  constraint edge_kind_known CHECK ((kind = ANY (ARRAY['sale'::text, 'cost'::text])))
  constraint edge_one_currency_per_day EXCLUDE USING gist (seller_id WITH =, buyer_id WITH =, valid WITH &&) WHERE ((kind = 'sale'::text))
  constraint edge_one_per_day EXCLUDE USING gist (seller_id WITH =, buyer_id WITH =, currency WITH =, valid WITH &&)
  constraint edge_parties UNIQUE (id, seller_id, buyer_id)
  constraint edge_payment_term_range CHECK (((payment_term_days >= 0) AND (payment_term_days <= 365)))
  constraint edge_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint edge_valid_not_empty CHECK ((NOT isempty(valid)))
  CREATE INDEX edge_by_buyer ON public.edge USING btree (buyer_id)
  CREATE INDEX edge_seen_by_distributor ON public.edge USING btree (see_distributor_id, id) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX edge_seen_by_partner ON public.edge USING btree (see_partner_id, id) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX edge_seen_by_tenant ON public.edge USING btree (see_tenant_id, id) WHERE (see_tenant_id IS NOT NULL)
  CREATE TRIGGER edge_days_noted AFTER UPDATE ON public.edge FOR EACH ROW WHEN (((new.kind = 'sale'::text) AND (old.valid IS DISTINCT FROM new.valid))) EXECUTE FUNCTION buy_edge_changed()
  CREATE TRIGGER edge_opened_noted AFTER INSERT ON public.edge FOR EACH ROW WHEN ((new.kind = 'sale'::text)) EXECUTE FUNCTION buy_edge_changed()
  insert to weir_chain: true
  select to weir_chain, weir_ingest, weir_relay, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain: true
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table estimate -- row level security forced
  seller_id uuid not null
  period text not null
  edge_id uuid not null
  is_due boolean not null default true
  lines integer not null default 0
  made_at timestamp with time zone not null default clock_timestamp()
  constraint estimate_edge FOREIGN KEY (edge_id) REFERENCES edge(id)
  constraint estimate_key PRIMARY KEY (seller_id, period, edge_id)
  constraint estimate_lines_positive CHECK ((lines >= 0))
  CREATE INDEX estimate_of_edge ON public.estimate USING btree (edge_id)
  CREATE INDEX estimate_waiting ON public.estimate USING btree (seller_id, period) WHERE is_due
  delete to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay: true
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table estimate_line -- row level security forced
  seller_id uuid not null
  period text not null
  edge_id uuid not null
  invoice_id uuid not null
  line integer not null
  is_reduction boolean not null
  buyer_id uuid not null
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  subscription_id uuid not null
  sku_id uuid not null
  service_period text not null
  region_id uuid not null
  service_start date not null
  service_end date not null
  bucket_kind text not null
  currency text not null
  net numeric not null
  tax numeric
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  constraint estimate_line_edge FOREIGN KEY (edge_id) REFERENCES edge(id)
  constraint estimate_line_key PRIMARY KEY (seller_id, period, edge_id, invoice_id, line)
  constraint estimate_line_only_reductions_reduce CHECK ((is_reduction OR (net = (0)::numeric)))
  constraint estimate_line_positive CHECK ((line > 0))
  CREATE INDEX estimate_line_seen_by_distributor ON public.estimate_line USING btree (see_distributor_id, period, tenant_id) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX estimate_line_seen_by_partner ON public.estimate_line USING btree (see_partner_id, period, tenant_id) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX estimate_line_seen_by_tenant ON public.estimate_line USING btree (see_tenant_id, period) WHERE (see_tenant_id IS NOT NULL)
  delete to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))

table event -- row level security forced
  id uuid not null
  org_id uuid not null
  type text not null
  object_id uuid not null
  sequence integer not null default 1
  data jsonb not null
  occurred_at timestamp with time zone not null default clock_timestamp()
  fanned_at timestamp with time zone
  constraint event_data_object CHECK ((jsonb_typeof(data) = 'object'::text))
  constraint event_key PRIMARY KEY (id)
  constraint event_once UNIQUE (org_id, object_id, type, sequence)
  constraint event_receiver FOREIGN KEY (org_id) REFERENCES organization(id)
  CREATE INDEX event_by_receiver ON public.event USING btree (org_id, id DESC)
  CREATE INDEX event_not_fanned ON public.event USING btree (id) WHERE (fanned_at IS NULL)
  insert to weir_ingest, weir_relay, weir_seller: true
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay, weir_verify: true
  update to weir_relay: true

table fx_rate -- row level security forced
  id uuid not null
  seller_id uuid not null
  is_shared boolean not null
  from_currency text not null
  to_currency text not null
  rate numeric not null
  valid_from date not null
  source text not null
  created_at timestamp with time zone not null default clock_timestamp()
  constraint fx_rate_from_form CHECK ((from_currency ~ '^[A-Z]{3}$'::text))
  constraint fx_rate_key PRIMARY KEY (id)
  constraint fx_rate_positive CHECK ((rate > (0)::numeric))
  constraint fx_rate_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint fx_rate_source_length CHECK (((length(source) >= 1) AND (length(source) <= 200)))
  constraint fx_rate_to_form CHECK ((to_currency ~ '^[A-Z]{3}$'::text))
  constraint fx_rate_two_currencies CHECK ((from_currency <> to_currency))
  CREATE INDEX fx_rate_in_force ON public.fx_rate USING btree (seller_id, from_currency, to_currency, valid_from DESC, id DESC)
  CREATE INDEX fx_rate_shared_in_force ON public.fx_rate USING btree (from_currency, to_currency, valid_from DESC, id DESC) WHERE is_shared
  insert to weir_distributor, weir_partner: ((seller_id = ( SELECT weir_org() AS weir_org)) AND (is_shared = false))
  insert to weir_platform: ((seller_id = ( SELECT weir_org() AS weir_org)) AND (is_shared = true))
  select to weir_distributor, weir_partner, weir_platform, weir_seller, weir_tenant: ((seller_id = ( SELECT weir_org() AS weir_org)) OR is_shared)
  select to weir_verify: true

table idempotency_key -- row level security forced
  org_id uuid not null
  account_id uuid not null
  key text not null
  request_hash bytea not null
  status integer
  location text
  response jsonb
  created_at timestamp with time zone not null default clock_timestamp()
  constraint idempotency_key_key PRIMARY KEY (org_id, account_id, key)
  constraint idempotency_key_length CHECK (((length(key) >= 1) AND (length(key) <= 255)))
  constraint idempotency_key_organization FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint idempotency_key_response_object CHECK ((jsonb_typeof(response) = 'object'::text))
  CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (created_at)
  delete to weir_relay: true
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay: true
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table invoice -- row level security forced
  id uuid not null
  type text not null default 'invoice'::text
  seller_id uuid not null
  buyer_id uuid not null
  edge_id uuid not null
  run_id uuid
  period text not null
  currency text not null
  currency_digits smallint not null
  state text not null default 'draft'::text
  parked_for text
  number text
  number_year integer
  number_sequence integer
  issue_date date
  due_date date
  net numeric not null default 0
  tax numeric not null default 0
  total numeric not null default 0
  lines integer not null default 0
  parties jsonb
  body_hash bytea
  hash bytea
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  version integer not null default 1
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  issued_at timestamp with time zone
  amends uuid
  reason text
  is_taxed boolean not null default false
  correction_id uuid
  constraint invoice_adds_up CHECK ((total = (net + tax)))
  constraint invoice_amending_says_why CHECK (((type = 'credit_note'::text) OR (amends IS NULL) OR (reason IS NOT NULL)))
  constraint invoice_amends_one FOREIGN KEY (amends) REFERENCES invoice(id)
  constraint invoice_issued_complete CHECK (((state <> 'issued'::text) OR (num_nonnulls(number, number_year, number_sequence, issue_date, due_date, parties, body_hash, hash, issued_at) = 9)))
  constraint invoice_key PRIMARY KEY (id)
  constraint invoice_number_once UNIQUE (seller_id, type, number_year, number_sequence)
  constraint invoice_of_correction FOREIGN KEY (correction_id) REFERENCES correction(id)
  constraint invoice_of_run_or_amending CHECK ((((type = 'invoice'::text) AND (num_nonnulls(run_id, amends) = 1)) OR ((type = 'credit_note'::text) AND (amends IS NOT NULL))))
  constraint invoice_on_edge FOREIGN KEY (edge_id, seller_id, buyer_id) REFERENCES edge(id, seller_id, buyer_id)
  constraint invoice_one_per_run UNIQUE (run_id, edge_id)
  constraint invoice_parked_says_why CHECK (((state = 'parked'::text) = (parked_for IS NOT NULL)))
  constraint invoice_parties_object CHECK ((jsonb_typeof(parties) = 'object'::text))
  constraint invoice_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint invoice_run FOREIGN KEY (run_id) REFERENCES billing_run(id)
  constraint invoice_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'parked'::text, 'discarded'::text, 'issued'::text])))
  constraint invoice_type_known CHECK ((type = ANY (ARRAY['invoice'::text, 'credit_note'::text])))
  CREATE INDEX invoice_by_amended ON public.invoice USING btree (amends) WHERE (amends IS NOT NULL)
  CREATE INDEX invoice_by_run ON public.invoice USING btree (run_id, state, id)
  CREATE INDEX invoice_by_seller ON public.invoice USING btree (seller_id, period, id)
  CREATE INDEX invoice_credit_notes ON public.invoice USING btree (seller_id, number_year, number_sequence) WHERE (type = 'credit_note'::text)
  CREATE INDEX invoice_due ON public.invoice USING btree (seller_id, due_date) WHERE (state = 'issued'::text)
  CREATE INDEX invoice_issued_on_edge ON public.invoice USING btree (edge_id, id DESC) WHERE ((state = 'issued'::text) AND (type = 'invoice'::text))
  CREATE INDEX invoice_of_distributor_by_period ON public.invoice USING btree (see_distributor_id, period) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX invoice_of_partner_by_period ON public.invoice USING btree (see_partner_id, period) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX invoice_of_tenant_by_period ON public.invoice USING btree (see_tenant_id, period) WHERE (see_tenant_id IS NOT NULL)
  CREATE INDEX invoice_seen_by_amending ON public.invoice USING btree (seller_id, id DESC) WHERE (type = 'credit_note'::text)
  CREATE INDEX invoice_seen_by_distributor ON public.invoice USING btree (see_distributor_id, id DESC) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX invoice_seen_by_partner ON public.invoice USING btree (see_partner_id, id DESC) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX invoice_seen_by_platform ON public.invoice USING btree (see_platform_id, id DESC) WHERE (see_platform_id IS NOT NULL)
  CREATE INDEX invoice_seen_by_tenant ON public.invoice USING btree (see_tenant_id, id DESC) WHERE (see_tenant_id IS NOT NULL)
  CREATE UNIQUE INDEX invoice_corrected_once ON public.invoice USING btree (correction_id, type, amends) WHERE (correction_id IS NOT NULL)
  CREATE UNIQUE INDEX invoice_reissued_once ON public.invoice USING btree (amends) WHERE ((type = 'invoice'::text) AND (amends IS NOT NULL) AND (correction_id IS NULL) AND (state <> 'discarded'::text))
  CREATE TRIGGER credit_note_stays_within_lines AFTER UPDATE ON public.invoice REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION credit_note_within_lines()
  CREATE TRIGGER invoice_never_changes BEFORE DELETE OR UPDATE ON public.invoice FOR EACH ROW EXECUTE FUNCTION invoice_is_final()
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor: ((see_distributor_id = ( SELECT weir_org() AS weir_org)) AND ((state = 'issued'::text) OR (seller_id = ( SELECT weir_org() AS weir_org))))
  select to weir_partner: ((see_partner_id = ( SELECT weir_org() AS weir_org)) AND ((state = 'issued'::text) OR (seller_id = ( SELECT weir_org() AS weir_org))))
  select to weir_platform: ((see_platform_id = ( SELECT weir_org() AS weir_org)) AND ((state = 'issued'::text) OR (seller_id = ( SELECT weir_org() AS weir_org))))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: ((see_tenant_id = ( SELECT weir_org() AS weir_org)) AND ((state = 'issued'::text) OR (seller_id = ( SELECT weir_org() AS weir_org))))
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table invoice_event -- row level security forced
  id uuid not null
  invoice_id uuid not null
  seller_id uuid not null
  kind text not null
  amount numeric not null
  currency text not null
  source_id uuid not null
  reason text
  at timestamp with time zone not null default clock_timestamp()
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  constraint invoice_event_invoice FOREIGN KEY (invoice_id) REFERENCES invoice(id)
  constraint invoice_event_key PRIMARY KEY (id)
  constraint invoice_event_kind_known CHECK ((kind = ANY (ARRAY['paid'::text, 'credit_applied'::text, 'credited'::text, 'written_off'::text, 'overdue'::text])))
  constraint invoice_event_once UNIQUE (invoice_id, kind, source_id)
  constraint invoice_event_overdue_is_no_amount CHECK (((kind <> 'overdue'::text) OR (amount = (0)::numeric)))
  constraint invoice_event_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint invoice_event_write_off_says_why CHECK (((kind <> 'written_off'::text) OR (reason IS NOT NULL)))
  CREATE INDEX invoice_event_by_source ON public.invoice_event USING btree (source_id)
  CREATE UNIQUE INDEX invoice_event_overdue_once ON public.invoice_event USING btree (invoice_id) WHERE (kind = 'overdue'::text)
  CREATE TRIGGER invoice_event_settles AFTER INSERT ON public.invoice_event REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoice_event_within_due()
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))

table invoice_line -- row level security forced
  invoice_id uuid not null
  line integer not null
  kind text not null
  subscription_id uuid not null
  tenant_id uuid not null
  sku_id uuid not null
  service_period text not null
  region_id uuid not null
  service_start date not null
  service_end date not null
  quantity numeric not null
  quantity_before numeric not null default 0
  unrounded numeric not null
  net numeric not null
  tax_category text
  price_rate_id uuid
  seller_id uuid not null
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  fx_rate_id uuid
  details jsonb
  amends_line integer
  tax_rate_ids uuid[]
  constraint invoice_line_details_object CHECK ((jsonb_typeof(details) = 'object'::text))
  constraint invoice_line_discount_names_its_line CHECK (((kind <> 'discount'::text) OR (amends_line IS NOT NULL)))
  constraint invoice_line_fx_rate FOREIGN KEY (fx_rate_id) REFERENCES fx_rate(id)
  constraint invoice_line_half_open CHECK ((service_end > service_start))
  constraint invoice_line_key PRIMARY KEY (invoice_id, line)
  constraint invoice_line_kind_known CHECK ((kind = ANY (ARRAY['usage'::text, 'late'::text, 'recurring'::text, 'oneTime'::text, 'minimum'::text, 'discount'::text, 'credit'::text])))
  constraint invoice_line_positive CHECK ((line > 0))
  constraint invoice_line_priced CHECK (((price_rate_id IS NOT NULL) OR (kind = ANY (ARRAY['discount'::text, 'credit'::text]))))
  CREATE INDEX invoice_line_by_subscription ON public.invoice_line USING btree (subscription_id, service_period)
  CREATE INDEX invoice_line_reduced ON public.invoice_line USING btree (invoice_id, amends_line) WHERE (kind = 'discount'::text)
  CREATE UNIQUE INDEX invoice_line_credited_once ON public.invoice_line USING btree (invoice_id, amends_line) WHERE ((kind = 'credit'::text) AND (amends_line IS NOT NULL))
  CREATE TRIGGER invoice_line_changes_on_draft AFTER UPDATE ON public.invoice_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoice_line_on_draft()
  CREATE TRIGGER invoice_line_of_known_price AFTER INSERT ON public.invoice_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoice_line_of_known()
  CREATE TRIGGER invoice_line_only_on_draft AFTER INSERT ON public.invoice_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoice_line_on_draft()
  CREATE TRIGGER invoice_line_stays_of_known_price AFTER UPDATE ON public.invoice_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoice_line_of_known()
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: ((see_distributor_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_line.invoice_id))))
  select to weir_partner: ((see_partner_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_line.invoice_id))))
  select to weir_platform: ((see_platform_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_line.invoice_id))))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: ((see_tenant_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_line.invoice_id))))
  select to weir_verify: true
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table invoice_tax -- row level security forced
  invoice_id uuid not null
  position integer not null
  category text not null
  name text not null
  percent numeric not null
  base numeric not null
  amount numeric not null
  reason text
  seller_id uuid not null
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  constraint invoice_tax_invoice FOREIGN KEY (invoice_id) REFERENCES invoice(id)
  constraint invoice_tax_key PRIMARY KEY (invoice_id, "position")
  constraint invoice_tax_position_positive CHECK (("position" > 0))
  CREATE TRIGGER invoice_tax_only_on_draft AFTER INSERT ON public.invoice_tax REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoice_line_on_draft()
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: ((see_distributor_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_tax.invoice_id))))
  select to weir_partner: ((see_partner_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_tax.invoice_id))))
  select to weir_platform: ((see_platform_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_tax.invoice_id))))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: ((see_tenant_id = ( SELECT weir_org() AS weir_org)) AND (EXISTS ( SELECT
   FROM invoice
  WHERE (invoice.id = invoice_tax.invoice_id))))
  select to weir_verify: true

table job -- row level security forced
  id uuid not null
  kind text not null
  schema_version integer not null
  queue text not null
  org_id uuid not null
  distributor_id uuid not null
  partner_id uuid not null
  tenant_id uuid not null
  asked_by uuid
  dedupe_key text not null
  payload jsonb not null
  state text not null default 'queued'::text
  attempt integer not null default 0
  max_attempt integer not null default 10
  fence bigint not null default 0
  lease_until timestamp with time zone
  due_at timestamp with time zone not null default clock_timestamp()
  rung_at timestamp with time zone
  progress_done bigint not null default 0
  progress_total bigint
  progress_unit text
  result jsonb
  problem jsonb
  cancellable boolean not null default true
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  started_at timestamp with time zone
  finished_at timestamp with time zone
  constraint job_dedupe_key_length CHECK (((length(dedupe_key) >= 1) AND (length(dedupe_key) <= 300)))
  constraint job_finished_when_final CHECK (((state = ANY (ARRAY['done'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL)))
  constraint job_key PRIMARY KEY (id)
  constraint job_lease_while_running CHECK (((state = 'running'::text) = (lease_until IS NOT NULL)))
  constraint job_of_organization FOREIGN KEY (org_id, distributor_id, partner_id, tenant_id) REFERENCES organization_place(org_id, distributor_id, partner_id, tenant_id)
  constraint job_once UNIQUE (kind, dedupe_key)
  constraint job_payload_object CHECK ((jsonb_typeof(payload) = 'object'::text))
  constraint job_problem_object CHECK ((jsonb_typeof(problem) = 'object'::text))
  constraint job_result_object CHECK ((jsonb_typeof(result) = 'object'::text))
  constraint job_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'parked'::text, 'cancelled'::text])))
  CREATE INDEX job_by_organization ON public.job USING btree (org_id, id DESC)
  CREATE INDEX job_leased ON public.job USING btree (lease_until) WHERE (state = 'running'::text)
  CREATE INDEX job_rung ON public.job USING btree (rung_at) WHERE ((state = 'queued'::text) AND (rung_at IS NOT NULL))
  CREATE INDEX job_to_ring ON public.job USING btree (due_at) WHERE ((state = 'queued'::text) AND (rung_at IS NULL))
  CREATE INDEX job_unfinished ON public.job USING btree (kind) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text, 'parked'::text]))
  delete to weir_relay: true
  insert to weir_distributor, weir_ingest, weir_partner, weir_platform, weir_relay, weir_seller, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay, weir_verify: true
  update to weir_relay: true

table job_cancel -- row level security forced
  job_id uuid not null
  org_id uuid not null
  asked_by uuid
  asked_at timestamp with time zone not null default clock_timestamp()
  constraint job_cancel_key PRIMARY KEY (job_id)
  constraint job_cancel_of_job FOREIGN KEY (job_id) REFERENCES job(id) ON DELETE CASCADE
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay: true

table job_chunk -- row level security forced
  job_id uuid not null
  number integer not null
  result jsonb not null default '{}'::jsonb
  finished_at timestamp with time zone not null default clock_timestamp()
  constraint job_chunk_key PRIMARY KEY (job_id, number)
  constraint job_chunk_number_positive CHECK ((number > 0))
  constraint job_chunk_of_job FOREIGN KEY (job_id) REFERENCES job(id) ON DELETE CASCADE
  constraint job_chunk_result_object CHECK ((jsonb_typeof(result) = 'object'::text))
  insert to weir_relay: true
  select to weir_relay: true

table job_retry -- row level security forced
  job_id uuid not null
  org_id uuid not null
  asked_by uuid
  asked_at timestamp with time zone not null default clock_timestamp()
  constraint job_retry_key PRIMARY KEY (job_id)
  constraint job_retry_of_job FOREIGN KEY (job_id) REFERENCES job(id) ON DELETE CASCADE
  delete to weir_relay: true
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay: true

table meter -- row level security forced
  id uuid not null
  region_id uuid not null
  meter text not null
  sku_id uuid not null
  factor numeric not null default 1
  valid daterange not null
  constraint meter_factor_positive CHECK ((factor > (0)::numeric))
  constraint meter_key PRIMARY KEY (id)
  constraint meter_length CHECK (((length(meter) >= 1) AND (length(meter) <= 200)))
  constraint meter_one_per_day EXCLUDE USING gist (region_id WITH =, meter WITH =, valid WITH &&)
  constraint meter_region FOREIGN KEY (region_id) REFERENCES region(id)
  constraint meter_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  constraint meter_valid_not_empty CHECK ((NOT isempty(valid)))
  delete to weir_platform: true
  insert to weir_platform: true
  select to weir_ingest, weir_platform, weir_verify: true
  update to weir_platform: true

table number_series -- row level security forced
  seller_id uuid not null
  document_type text not null
  year integer not null
  last integer not null default 0
  constraint number_series_key PRIMARY KEY (seller_id, document_type, year)
  constraint number_series_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table organization -- row level security forced
  id uuid not null
  level text not null
  parent_id uuid
  distributor_id uuid not null
  partner_id uuid not null
  tenant_id uuid not null
  name text not null
  external_id text
  commercial_model text
  currency text not null
  time_zone text not null default 'UTC'::text
  contact jsonb
  state text not null default 'active'::text
  version integer not null default 1
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  above_distributor_id uuid generated 
CASE level
    WHEN 'distributor'::text THEN '00000000-0000-0000-0000-000000000000'::uuid
    ELSE distributor_id
END
  above_partner_id uuid generated 
CASE level
    WHEN 'partner'::text THEN '00000000-0000-0000-0000-000000000000'::uuid
    ELSE partner_id
END
  is_confidential boolean not null default false
  constraint organization_below_parent FOREIGN KEY (parent_id, above_distributor_id, above_partner_id) REFERENCES organization(id, distributor_id, partner_id)
  constraint organization_branch UNIQUE (id, distributor_id, partner_id)
  constraint organization_commercial_model_known CHECK ((commercial_model = ANY (ARRAY['agent'::text, 'reseller'::text])))
  constraint organization_confidential_is_reseller CHECK (((NOT is_confidential) OR (NOT (commercial_model IS DISTINCT FROM 'reseller'::text))))
  constraint organization_contact_object CHECK ((jsonb_typeof(contact) = 'object'::text))
  constraint organization_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint organization_external_id_length CHECK (((length(external_id) >= 1) AND (length(external_id) <= 200)))
  constraint organization_external_id_per_parent UNIQUE (parent_id, external_id)
  constraint organization_id_not_nil CHECK ((id <> '00000000-0000-0000-0000-000000000000'::uuid))
  constraint organization_key PRIMARY KEY (id)
  constraint organization_level_known CHECK ((level = ANY (ARRAY['platform'::text, 'distributor'::text, 'partner'::text, 'tenant'::text])))
  constraint organization_line UNIQUE (id, distributor_id, partner_id, tenant_id)
  constraint organization_model_of_channel CHECK (((commercial_model IS NOT NULL) = (level = ANY (ARRAY['distributor'::text, 'partner'::text]))))
  constraint organization_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint organization_names_itself CHECK (
CASE level
    WHEN 'platform'::text THEN ((distributor_id = '00000000-0000-0000-0000-000000000000'::uuid) AND (partner_id = '00000000-0000-0000-0000-000000000000'::uuid) AND (tenant_id = '00000000-0000-0000-0000-000000000000'::uuid))
    WHEN 'distributor'::text THEN ((distributor_id = id) AND ((partner_id = '00000000-0000-0000-0000-000000000000'::uuid) AND (tenant_id = '00000000-0000-0000-0000-000000000000'::uuid)))
    WHEN 'partner'::text THEN ((partner_id = id) AND (tenant_id = '00000000-0000-0000-0000-000000000000'::uuid))
    ELSE (tenant_id = id)
END)
  constraint organization_only_platform_is_root CHECK (((parent_id IS NULL) = (level = 'platform'::text)))
  constraint organization_state_known CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])))
  CREATE INDEX organization_by_distributor ON public.organization USING btree (distributor_id, level, id)
  CREATE INDEX organization_by_parent ON public.organization USING btree (parent_id, id)
  CREATE INDEX organization_by_partner ON public.organization USING btree (partner_id, level, id)
  CREATE UNIQUE INDEX organization_one_platform ON public.organization USING btree (level) WHERE (level = 'platform'::text)
  CREATE TRIGGER organization_places AFTER INSERT OR UPDATE OF distributor_id, partner_id ON public.organization FOR EACH ROW EXECUTE FUNCTION organization_keeps_its_places()
  CREATE TRIGGER organization_stays_closed BEFORE UPDATE OF state ON public.organization FOR EACH ROW WHEN (((old.state = 'closed'::text) AND (new.state <> 'closed'::text))) EXECUTE FUNCTION organization_stays_closed()
  insert to weir_backfill, weir_platform: true
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_auth, weir_backfill, weir_chain, weir_ingest, weir_platform, weir_relay, weir_seller, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain, weir_platform: true
  update to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  update to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  update to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table organization_change -- row level security forced
  id uuid not null
  kind text not null
  organization_id uuid not null
  asked_org_id uuid not null
  from_period text not null
  to_parent_id uuid
  to_model text
  seller_id uuid
  to_currency text
  to_currency_digits smallint
  to_payment_term integer
  state text not null default 'planned'::text
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  to_distributor_id uuid
  to_partner_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  to_confidential boolean
  constraint organization_change_asked_by FOREIGN KEY (asked_org_id) REFERENCES organization(id)
  constraint organization_change_currency_form CHECK ((to_currency ~ '^[A-Z]{3}$'::text))
  constraint organization_change_key PRIMARY KEY (id)
  constraint organization_change_kind_known CHECK ((kind = ANY (ARRAY['parent'::text, 'commercial_model'::text, 'edge_terms'::text, 'confidentiality'::text])))
  constraint organization_change_model_known CHECK ((to_model = ANY (ARRAY['agent'::text, 'reseller'::text])))
  constraint organization_change_organization FOREIGN KEY (organization_id) REFERENCES organization(id)
  constraint organization_change_parent FOREIGN KEY (to_parent_id) REFERENCES organization(id)
  constraint organization_change_payment_term_range CHECK (((to_payment_term >= 0) AND (to_payment_term <= 365)))
  constraint organization_change_period_form CHECK ((from_period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint organization_change_says_what CHECK (
CASE kind
    WHEN 'parent'::text THEN (to_parent_id IS NOT NULL)
    WHEN 'commercial_model'::text THEN (to_model IS NOT NULL)
    WHEN 'confidentiality'::text THEN (to_confidential IS NOT NULL)
    ELSE ((seller_id IS NOT NULL) AND (num_nonnulls(to_currency, to_payment_term) > 0) AND ((to_currency IS NULL) = (to_currency_digits IS NULL)))
END)
  constraint organization_change_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint organization_change_state_known CHECK ((state = ANY (ARRAY['planned'::text, 'done'::text, 'cancelled'::text])))
  CREATE INDEX organization_change_planned ON public.organization_change USING btree (from_period) WHERE (state = 'planned'::text)
  CREATE UNIQUE INDEX organization_change_once ON public.organization_change USING btree (organization_id, from_period) WHERE (state = 'planned'::text)
  insert to weir_chain: true
  select to weir_chain, weir_relay, weir_seller, weir_verify: true
  select to weir_distributor: ((see_distributor_id = ( SELECT weir_org() AS weir_org)) OR (to_distributor_id = ( SELECT weir_org() AS weir_org)))
  select to weir_partner: ((see_partner_id = ( SELECT weir_org() AS weir_org)) OR (to_partner_id = ( SELECT weir_org() AS weir_org)))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain: true

table organization_place -- row level security forced
  org_id uuid not null
  distributor_id uuid not null
  partner_id uuid not null
  tenant_id uuid not null
  constraint organization_place_above UNIQUE (org_id, distributor_id, partner_id)
  constraint organization_place_key PRIMARY KEY (org_id, distributor_id, partner_id, tenant_id)
  constraint organization_place_organization FOREIGN KEY (org_id) REFERENCES organization(id)
  insert to weir_backfill, weir_chain, weir_platform: true
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_backfill, weir_verify: true

table payment -- row level security forced
  id uuid not null
  seller_id uuid not null
  buyer_id uuid not null
  edge_id uuid not null
  currency text not null
  amount numeric not null
  received_on date not null
  reference text not null
  reverses uuid
  reason text
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  constraint payment_buyer FOREIGN KEY (buyer_id) REFERENCES organization(id)
  constraint payment_key PRIMARY KEY (id)
  constraint payment_on_edge FOREIGN KEY (edge_id, seller_id, buyer_id) REFERENCES edge(id, seller_id, buyer_id)
  constraint payment_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint payment_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 120)))
  constraint payment_reversal_says_why CHECK (((reverses IS NULL) = (reason IS NULL)))
  constraint payment_reversed_once UNIQUE (reverses)
  constraint payment_reverses FOREIGN KEY (reverses) REFERENCES payment(id)
  constraint payment_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint payment_sign CHECK (
CASE
    WHEN (reverses IS NULL) THEN (amount > (0)::numeric)
    ELSE (amount < (0)::numeric)
END)
  CREATE INDEX payment_by_seller ON public.payment USING btree (seller_id, id DESC)
  CREATE INDEX payment_seen_by_distributor ON public.payment USING btree (see_distributor_id, id DESC) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX payment_seen_by_partner ON public.payment USING btree (see_partner_id, id DESC) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX payment_seen_by_tenant ON public.payment USING btree (see_tenant_id, id DESC) WHERE (see_tenant_id IS NOT NULL)
  CREATE UNIQUE INDEX payment_reference_once ON public.payment USING btree (seller_id, reference) WHERE (reverses IS NULL)
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table payout -- row level security forced
  id uuid not null
  payer_id uuid not null
  currency text not null
  minimum numeric not null
  total numeric not null
  state text not null default 'draft'::text
  made_by uuid not null
  approved_by uuid
  approved_at timestamp with time zone
  sent_at timestamp with time zone
  settled_at timestamp with time zone
  version integer not null default 1
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  reference text
  constraint payout_approved CHECK ((((approved_by IS NULL) = (approved_at IS NULL)) AND
CASE state
    WHEN 'draft'::text THEN (approved_at IS NULL)
    WHEN 'discarded'::text THEN (sent_at IS NULL)
    ELSE (approved_at IS NOT NULL)
END))
  constraint payout_by_two_people CHECK ((approved_by <> made_by))
  constraint payout_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint payout_key PRIMARY KEY (id)
  constraint payout_minimum_not_negative CHECK ((minimum >= (0)::numeric))
  constraint payout_of_payer UNIQUE (id, payer_id, currency)
  constraint payout_payer FOREIGN KEY (payer_id) REFERENCES organization(id)
  constraint payout_pays_something CHECK ((total > (0)::numeric))
  constraint payout_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 140)))
  constraint payout_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text, 'sent'::text, 'settled'::text, 'partly_returned'::text, 'discarded'::text])))
  CREATE INDEX payout_by_payer ON public.payout USING btree (payer_id, id DESC)
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))

table payout_exchange -- row level security forced
  payout_id uuid not null
  payee_id uuid not null
  payer_id uuid not null
  currency text not null
  amount numeric not null
  paid_currency text not null
  paid_amount numeric not null
  fx_rate_id uuid not null
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  constraint payout_exchange_amount_positive CHECK ((amount > (0)::numeric))
  constraint payout_exchange_key PRIMARY KEY (payout_id, payee_id)
  constraint payout_exchange_of_payout FOREIGN KEY (payout_id, payer_id, currency) REFERENCES payout(id, payer_id, currency)
  constraint payout_exchange_paid_amount_positive CHECK ((paid_amount > (0)::numeric))
  constraint payout_exchange_paid_currency_form CHECK ((paid_currency ~ '^[A-Z]{3}$'::text))
  constraint payout_exchange_payee FOREIGN KEY (payee_id) REFERENCES organization(id)
  constraint payout_exchange_rate FOREIGN KEY (fx_rate_id) REFERENCES fx_rate(id)
  constraint payout_exchange_two_currencies CHECK ((currency <> paid_currency))
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table payout_payment -- row level security forced
  payout_id uuid not null
  payee_id uuid not null
  payer_id uuid not null
  currency text not null
  state text not null default 'draft'::text
  reference text
  approved_at timestamp with time zone
  sent_at timestamp with time zone
  settled_at timestamp with time zone
  returned_at timestamp with time zone
  return_reason text
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint payout_payment_approved CHECK (
CASE state
    WHEN 'draft'::text THEN (approved_at IS NULL)
    WHEN 'discarded'::text THEN true
    ELSE (approved_at IS NOT NULL)
END)
  constraint payout_payment_key PRIMARY KEY (payout_id, payee_id)
  constraint payout_payment_of_payout FOREIGN KEY (payout_id, payer_id, currency) REFERENCES payout(id, payer_id, currency)
  constraint payout_payment_payee FOREIGN KEY (payee_id) REFERENCES organization(id)
  constraint payout_payment_returned CHECK ((((state = 'returned'::text) = (returned_at IS NOT NULL)) AND ((returned_at IS NULL) = (return_reason IS NULL))))
  constraint payout_payment_sent CHECK (((state = ANY (ARRAY['draft'::text, 'approved'::text, 'discarded'::text])) = (sent_at IS NULL)))
  constraint payout_payment_settled CHECK (((state = 'settled'::text) = (settled_at IS NOT NULL)))
  constraint payout_payment_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text, 'sent'::text, 'settled'::text, 'returned'::text, 'discarded'::text])))
  CREATE INDEX payout_payment_by_payee ON public.payout_payment USING btree (payee_id, payout_id DESC)
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))

table payout_return -- row level security forced
  id uuid not null
  payout_id uuid not null
  payer_id uuid not null
  currency text not null
  amount numeric not null
  reason text not null
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  constraint payout_return_key PRIMARY KEY (id)
  constraint payout_return_of_payout FOREIGN KEY (payout_id, payer_id, currency) REFERENCES payout(id, payer_id, currency)
  constraint payout_return_positive CHECK ((amount > (0)::numeric))
  constraint payout_return_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  CREATE INDEX payout_return_by_payout ON public.payout_return USING btree (payout_id)
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table payout_statement -- row level security forced
  payout_id uuid not null
  statement_id uuid not null
  payer_id uuid not null
  payee_id uuid not null
  currency text not null
  amount numeric not null
  return_id uuid
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  is_discarded boolean not null default false
  constraint payout_statement_key PRIMARY KEY (payout_id, statement_id)
  constraint payout_statement_of_payout FOREIGN KEY (payout_id, payer_id, currency) REFERENCES payout(id, payer_id, currency)
  constraint payout_statement_one_end CHECK (((NOT is_discarded) OR (return_id IS NULL)))
  constraint payout_statement_return FOREIGN KEY (return_id) REFERENCES payout_return(id)
  constraint payout_statement_statement FOREIGN KEY (statement_id) REFERENCES statement(id)
  CREATE INDEX payout_statement_by_statement ON public.payout_statement USING btree (statement_id)
  CREATE UNIQUE INDEX payout_statement_paid_once ON public.payout_statement USING btree (statement_id) WHERE ((return_id IS NULL) AND (NOT is_discarded))
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))

table plan -- row level security forced
  id uuid not null
  owner_id uuid not null
  code text not null
  name text not null
  version integer not null default 1
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint plan_code_length CHECK (((length(code) >= 1) AND (length(code) <= 100)))
  constraint plan_code_per_owner UNIQUE (owner_id, code)
  constraint plan_key PRIMARY KEY (id)
  constraint plan_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint plan_owned UNIQUE (id, owner_id)
  constraint plan_owner FOREIGN KEY (owner_id) REFERENCES organization(id)
  delete to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_tenant: (owner_id = ANY (( SELECT weir_line() AS weir_line)::uuid[]))
  select to weir_ingest, weir_platform, weir_seller: true
  update to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))

table plan_item -- row level security forced
  plan_version_id uuid not null
  owner_id uuid not null
  sku_id uuid not null
  kind text not null default 'usage'::text
  timing text
  charge_interval text
  anchor text
  proration text
  quantity_basis text
  constraint plan_item_anchor_known CHECK ((anchor = ANY (ARRAY['calendar'::text, 'start'::text])))
  constraint plan_item_basis_known CHECK ((quantity_basis = ANY (ARRAY['subscription'::text, 'one'::text])))
  constraint plan_item_interval_known CHECK ((charge_interval = ANY (ARRAY['month'::text, 'quarter'::text, 'year'::text])))
  constraint plan_item_key PRIMARY KEY (plan_version_id, sku_id)
  constraint plan_item_kind_known CHECK ((kind = ANY (ARRAY['usage'::text, 'recurring'::text, 'oneTime'::text])))
  constraint plan_item_of_version FOREIGN KEY (plan_version_id, owner_id) REFERENCES plan_version(id, owner_id)
  constraint plan_item_proration_known CHECK ((proration = ANY (ARRAY['day'::text, 'second'::text])))
  constraint plan_item_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  constraint plan_item_terms_of_kind CHECK (((num_nonnulls(timing, charge_interval, anchor, proration) =
CASE kind
    WHEN 'recurring'::text THEN 4
    ELSE 0
END) AND ((quantity_basis IS NOT NULL) = (kind <> 'usage'::text))))
  constraint plan_item_timing_known CHECK ((timing = ANY (ARRAY['advance'::text, 'arrears'::text])))
  CREATE TRIGGER plan_item_fixed BEFORE INSERT OR DELETE OR UPDATE ON public.plan_item FOR EACH ROW EXECUTE FUNCTION plan_item_is_fixed()
  delete to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_ingest, weir_platform, weir_seller, weir_verify: true
  select to weir_distributor, weir_partner, weir_tenant: (owner_id = ANY (( SELECT weir_line() AS weir_line)::uuid[]))
  update to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))

table plan_version -- row level security forced
  id uuid not null
  plan_id uuid not null
  owner_id uuid not null
  number integer not null
  state text not null default 'draft'::text
  published_at timestamp with time zone
  created_at timestamp with time zone not null default clock_timestamp()
  constraint plan_version_key PRIMARY KEY (id)
  constraint plan_version_number_once UNIQUE (plan_id, number)
  constraint plan_version_number_positive CHECK ((number > 0))
  constraint plan_version_of_plan FOREIGN KEY (plan_id, owner_id) REFERENCES plan(id, owner_id)
  constraint plan_version_owned UNIQUE (id, owner_id)
  constraint plan_version_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'retired'::text])))
  CREATE UNIQUE INDEX plan_version_one_draft ON public.plan_version USING btree (plan_id) WHERE (state = 'draft'::text)
  CREATE TRIGGER plan_version_fixed BEFORE DELETE OR UPDATE ON public.plan_version FOR EACH ROW EXECUTE FUNCTION plan_version_is_fixed()
  delete to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_ingest, weir_platform, weir_seller, weir_verify: true
  select to weir_distributor, weir_partner, weir_tenant: (owner_id = ANY (( SELECT weir_line() AS weir_line)::uuid[]))
  update to weir_distributor, weir_partner, weir_platform: (owner_id = ( SELECT weir_org() AS weir_org))

table posting -- row level security forced
  id uuid not null
  book_id uuid not null
  account text not null
  currency text not null
  amount numeric not null
  document_type text not null
  document_id uuid not null
  posted_at timestamp with time zone not null default clock_timestamp()
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  constraint posting_account_known CHECK ((account = ANY (ARRAY['receivable'::text, 'revenue'::text, 'tax_payable'::text, 'credit_balance'::text, 'credits_granted'::text, 'discount'::text, 'write_off'::text, 'fx_difference'::text, 'commission_expense'::text, 'commission_accrued'::text, 'commission_payable'::text, 'bank'::text])))
  constraint posting_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint posting_document_known CHECK ((document_type = ANY (ARRAY['invoice'::text, 'credit_note'::text, 'payment'::text, 'write_off'::text, 'credit'::text, 'credit_grant'::text, 'earning'::text, 'statement'::text, 'payout'::text, 'payout_return'::text])))
  constraint posting_key PRIMARY KEY (id)
  constraint posting_once UNIQUE (book_id, document_type, document_id, account, currency)
  CREATE INDEX posting_of_book ON public.posting USING btree (book_id, id)
  CREATE TRIGGER posting_balances AFTER INSERT ON public.posting REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION posting_must_balance()
  insert to weir_seller: (book_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (book_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table price_change -- row level security forced
  seller_id uuid not null
  changed_at timestamp with time zone not null default clock_timestamp()
  constraint price_change_key PRIMARY KEY (seller_id)
  delete to weir_relay: true
  insert to weir_chain: true
  insert to weir_distributor, weir_partner, weir_platform, weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_relay: true
  select to weir_distributor, weir_partner, weir_platform, weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain, weir_relay: true
  update to weir_distributor, weir_partner, weir_platform, weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table price_derivation -- row level security forced
  id uuid not null
  seller_id uuid not null
  kind text not null
  code text not null
  name text not null
  currency text not null
  scope text not null
  target_id uuid not null
  buyer_id uuid
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  valid daterange not null
  basis text not null
  base_seller_id uuid
  base_kind text
  base_code text
  base_scope text
  base_target_id uuid
  method text not null
  percent numeric
  amount numeric
  created_at timestamp with time zone not null default clock_timestamp()
  constraint price_derivation_amount_not_negative CHECK ((amount >= (0)::numeric))
  constraint price_derivation_base_of_basis CHECK ((num_nonnulls(base_seller_id, base_kind, base_code, base_scope, base_target_id) =
CASE basis
    WHEN 'list'::text THEN 5
    ELSE 0
END))
  constraint price_derivation_base_seller FOREIGN KEY (base_seller_id) REFERENCES organization(id)
  constraint price_derivation_basis_known CHECK ((basis = ANY (ARRAY['list'::text, 'buyPrice'::text])))
  constraint price_derivation_buyer FOREIGN KEY (buyer_id) REFERENCES organization(id)
  constraint price_derivation_code_length CHECK (((length(code) >= 1) AND (length(code) <= 100)))
  constraint price_derivation_code_per_day EXCLUDE USING gist (seller_id WITH =, code WITH =, valid WITH &&)
  constraint price_derivation_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint price_derivation_key PRIMARY KEY (id)
  constraint price_derivation_kind_known CHECK ((kind = ANY (ARRAY['sale'::text, 'cost'::text])))
  constraint price_derivation_method_known CHECK ((method = ANY (ARRAY['markup'::text, 'margin'::text, 'discount'::text, 'passThrough'::text, 'amountUp'::text, 'amountDown'::text])))
  constraint price_derivation_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint price_derivation_percent_not_negative CHECK ((percent >= (0)::numeric))
  constraint price_derivation_price_not_negative CHECK ((((method <> 'margin'::text) OR (percent < (100)::numeric)) AND ((method <> 'discount'::text) OR (percent <= (100)::numeric))))
  constraint price_derivation_scope_known CHECK ((scope = ANY (ARRAY['default'::text, 'region'::text, 'plan_version'::text, 'buyer'::text, 'subscription'::text])))
  constraint price_derivation_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint price_derivation_terms_of_method CHECK ((((method = ANY (ARRAY['amountUp'::text, 'amountDown'::text])) = (amount IS NOT NULL)) AND (num_nonnulls(percent, amount) = 1)))
  constraint price_derivation_valid_form CHECK (((NOT isempty(valid)) AND lower_inc(valid) AND (NOT lower_inf(valid))))
  CREATE INDEX price_derivation_by_base ON public.price_derivation USING btree (base_seller_id) WHERE (base_seller_id IS NOT NULL)
  insert to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_relay, weir_verify: true
  select to weir_distributor, weir_partner, weir_platform, weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain: true
  update to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))

table price_list -- row level security forced
  id uuid not null
  kind text not null default 'sale'::text
  seller_id uuid not null
  code text not null
  name text not null
  currency text not null
  scope text not null
  target_id uuid not null
  buyer_id uuid
  valid daterange not null
  state text not null default 'active'::text
  is_active boolean not null generated (state <> 'draft'::text)
  version integer not null default 1
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  derivation_id uuid
  constraint price_list_buyer FOREIGN KEY (buyer_id) REFERENCES organization(id)
  constraint price_list_buyer_of_scope CHECK (((scope = ANY (ARRAY['buyer'::text, 'subscription'::text])) = (buyer_id IS NOT NULL)))
  constraint price_list_code_length CHECK (((length(code) >= 1) AND (length(code) <= 100)))
  constraint price_list_code_per_day EXCLUDE USING gist (seller_id WITH =, code WITH =, valid WITH &&) WHERE ((state <> 'draft'::text))
  constraint price_list_cost_for_nobody CHECK (((kind = 'sale'::text) OR (buyer_id IS NULL)))
  constraint price_list_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint price_list_derivation FOREIGN KEY (derivation_id) REFERENCES price_derivation(id)
  constraint price_list_for_rates UNIQUE (id, seller_id, kind, scope, target_id, currency, valid, is_active)
  constraint price_list_key PRIMARY KEY (id)
  constraint price_list_kind_known CHECK ((kind = ANY (ARRAY['sale'::text, 'cost'::text])))
  constraint price_list_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint price_list_scope_known CHECK ((scope = ANY (ARRAY['default'::text, 'region'::text, 'plan_version'::text, 'buyer'::text, 'subscription'::text])))
  constraint price_list_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  constraint price_list_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'used'::text])))
  constraint price_list_target_of_scope CHECK (((scope = 'default'::text) = (target_id = '00000000-0000-0000-0000-000000000000'::uuid)))
  constraint price_list_valid_form CHECK (((NOT isempty(valid)) AND lower_inc(valid) AND (NOT lower_inf(valid))))
  CREATE INDEX price_list_by_derivation ON public.price_list USING btree (derivation_id) WHERE (derivation_id IS NOT NULL)
  CREATE INDEX price_list_by_seller ON public.price_list USING btree (seller_id, id DESC)
  CREATE TRIGGER price_list_change_noted AFTER UPDATE ON public.price_list FOR EACH ROW WHEN (((old.is_active IS DISTINCT FROM new.is_active) OR (old.is_active AND (old.valid IS DISTINCT FROM new.valid)))) EXECUTE FUNCTION price_list_changed()
  CREATE TRIGGER price_list_frozen BEFORE DELETE OR UPDATE ON public.price_list FOR EACH ROW EXECUTE FUNCTION price_list_is_frozen()
  delete to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor: ((seller_id = ( SELECT weir_org() AS weir_org)) OR ((kind = 'sale'::text) AND (state <> 'draft'::text) AND (((buyer_id IS NULL) AND (seller_id = ( SELECT weir_seller_of_record() AS weir_seller_of_record))) OR (see_distributor_id = ( SELECT weir_org() AS weir_org)))))
  select to weir_partner: ((seller_id = ( SELECT weir_org() AS weir_org)) OR ((kind = 'sale'::text) AND (state <> 'draft'::text) AND (((buyer_id IS NULL) AND (seller_id = ( SELECT weir_seller_of_record() AS weir_seller_of_record))) OR (see_partner_id = ( SELECT weir_org() AS weir_org)))))
  select to weir_platform: ((seller_id = ( SELECT weir_org() AS weir_org)) OR ((kind = 'sale'::text) AND (state <> 'draft'::text) AND (((buyer_id IS NULL) AND (seller_id = ( SELECT weir_seller_of_record() AS weir_seller_of_record))) OR (see_platform_id = ( SELECT weir_org() AS weir_org)))))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: ((seller_id = ( SELECT weir_org() AS weir_org)) OR ((kind = 'sale'::text) AND (state <> 'draft'::text) AND (((buyer_id IS NULL) AND (seller_id = ( SELECT weir_seller_of_record() AS weir_seller_of_record))) OR (see_tenant_id = ( SELECT weir_org() AS weir_org)))))
  update to weir_chain: true
  update to weir_distributor, weir_partner, weir_platform, weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table price_rate -- row level security forced
  id uuid not null
  price_list_id uuid not null
  seller_id uuid not null
  kind text not null
  scope text not null
  target_id uuid not null
  currency text not null
  sku_id uuid not null
  valid daterange not null
  is_active boolean not null
  rate jsonb not null
  created_at timestamp with time zone not null default clock_timestamp()
  constraint price_rate_key PRIMARY KEY (id)
  constraint price_rate_object CHECK ((jsonb_typeof(rate) = 'object'::text))
  constraint price_rate_of_list FOREIGN KEY (price_list_id, seller_id, kind, scope, target_id, currency, valid, is_active) REFERENCES price_list(id, seller_id, kind, scope, target_id, currency, valid, is_active) ON UPDATE CASCADE ON DELETE CASCADE
  constraint price_rate_once_per_list UNIQUE (price_list_id, sku_id)
  constraint price_rate_one_per_day EXCLUDE USING gist (seller_id WITH =, kind WITH =, scope WITH =, target_id WITH =, sku_id WITH =, currency WITH =, valid WITH &&) WHERE (is_active)
  constraint price_rate_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  constraint price_rate_valid_not_empty CHECK ((NOT isempty(valid)))
  CREATE INDEX price_rate_by_seller ON public.price_rate USING btree (seller_id, sku_id)
  CREATE TRIGGER price_rate_added_noted AFTER INSERT ON public.price_rate REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION price_rates_changed()
  CREATE TRIGGER price_rate_frozen BEFORE INSERT OR DELETE OR UPDATE ON public.price_rate FOR EACH ROW EXECUTE FUNCTION price_rate_is_frozen()
  CREATE TRIGGER price_rate_removed_noted AFTER DELETE ON public.price_rate REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION price_rates_changed()
  delete to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (EXISTS ( SELECT
   FROM price_list
  WHERE (price_list.id = price_rate.price_list_id)))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor, weir_partner, weir_platform: (seller_id = ( SELECT weir_org() AS weir_org))

table price_simulation -- row level security forced
  id uuid not null
  seller_id uuid not null
  org_id uuid not null generated seller_id
  period text not null
  price_list_id uuid not null
  job_id uuid not null
  created_at timestamp with time zone not null default clock_timestamp()
  constraint price_simulation_job FOREIGN KEY (job_id) REFERENCES job(id)
  constraint price_simulation_key PRIMARY KEY (id)
  constraint price_simulation_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint price_simulation_seller FOREIGN KEY (seller_id) REFERENCES organization(id)
  CREATE INDEX price_simulation_by_seller ON public.price_simulation USING btree (seller_id, id DESC)
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table price_simulation_row -- row level security forced
  simulation_id uuid not null
  seller_id uuid not null
  org_id uuid not null generated seller_id
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  sku_id uuid not null
  currency text not null
  lines integer not null
  before numeric not null
  after numeric not null
  parked_before integer not null
  parked_after integer not null
  constraint price_simulation_row_currency_form CHECK ((currency ~ '^[A-Z]{3}$'::text))
  constraint price_simulation_row_key PRIMARY KEY (simulation_id, tenant_id, sku_id, currency, partner_id, distributor_id)
  constraint price_simulation_row_of_simulation FOREIGN KEY (simulation_id) REFERENCES price_simulation(id) ON DELETE CASCADE
  constraint price_simulation_row_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table rated_bucket -- row level security forced
  seller_id uuid not null
  period text not null
  edge_id uuid not null
  tenant_id uuid not null
  subscription_id uuid not null
  sku_id uuid not null
  service_period text not null
  region_id uuid not null
  service_start date not null
  service_end date not null
  chain_id uuid not null
  buyer_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  plan_version_id uuid not null
  quantity numeric not null
  quantity_before numeric not null default 0
  currency text not null
  currency_digits smallint not null
  price_rate_id uuid
  unrounded numeric
  state text not null
  parked_for text
  invoice_id uuid
  rated_at timestamp with time zone not null default clock_timestamp()
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  kind text not null default 'usage'::text
  fx_rate_id uuid
  tax_category text
  details jsonb
  constraint rated_bucket_details_object CHECK ((jsonb_typeof(details) = 'object'::text))
  constraint rated_bucket_half_open CHECK ((service_end > service_start))
  constraint rated_bucket_key PRIMARY KEY (seller_id, period, edge_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start, kind)
  constraint rated_bucket_kind_known CHECK ((kind = ANY (ARRAY['usage'::text, 'recurring'::text, 'oneTime'::text, 'minimum'::text, 'credit'::text])))
  constraint rated_bucket_on_paper CHECK (((state = ANY (ARRAY['drafted'::text, 'billed'::text])) = (invoice_id IS NOT NULL)))
  constraint rated_bucket_parked_says_why CHECK (((state = 'parked'::text) = (parked_for IS NOT NULL)))
  constraint rated_bucket_priced_or_parked CHECK ((((state = 'parked'::text) = (unrounded IS NULL)) AND ((unrounded IS NULL) = (price_rate_id IS NULL))))
  constraint rated_bucket_served_before_posted CHECK ((service_period <= period))
  constraint rated_bucket_settled_is_zero CHECK (((state <> 'settled'::text) OR ((kind = ANY (ARRAY['usage'::text, 'minimum'::text])) AND (round(unrounded, (currency_digits)::integer) = (0)::numeric))))
  constraint rated_bucket_state_known CHECK ((state = ANY (ARRAY['fresh'::text, 'parked'::text, 'drafted'::text, 'billed'::text, 'settled'::text])))
  CREATE INDEX rated_bucket_held_charges ON public.rated_bucket USING btree (seller_id, tenant_id) WHERE ((kind = ANY (ARRAY['recurring'::text, 'oneTime'::text])) AND (state = ANY (ARRAY['fresh'::text, 'parked'::text])))
  CREATE INDEX rated_bucket_of_charges ON public.rated_bucket USING btree (invoice_id) WHERE ((kind <> 'usage'::text) AND (invoice_id IS NOT NULL))
  CREATE INDEX rated_bucket_seen_by_distributor ON public.rated_bucket USING btree (see_distributor_id, period, tenant_id) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX rated_bucket_seen_by_partner ON public.rated_bucket USING btree (see_partner_id, period, tenant_id) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX rated_bucket_seen_by_tenant ON public.rated_bucket USING btree (see_tenant_id, period) WHERE (see_tenant_id IS NOT NULL)
  CREATE INDEX rated_bucket_waiting ON public.rated_bucket USING btree (seller_id, period) WHERE (parked_for IS NOT NULL)
  delete to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table rating_due -- row level security forced
  seller_id uuid not null
  edge_id uuid not null
  tenant_id uuid not null
  period text not null
  marked_at timestamp with time zone not null default clock_timestamp()
  constraint rating_due_edge FOREIGN KEY (edge_id) REFERENCES edge(id)
  constraint rating_due_key PRIMARY KEY (seller_id, period, edge_id, tenant_id)
  delete to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  insert to weir_ingest: true
  insert to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_ingest, weir_relay, weir_verify: true
  select to weir_platform, weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))
  update to weir_ingest: true
  update to weir_seller: (seller_id = ( SELECT weir_org() AS weir_org))

table refresh_token -- row level security forced
  id uuid not null
  family_id uuid not null
  account_id uuid not null
  token_hash bytea not null
  issued_at timestamp with time zone not null default clock_timestamp()
  expires_at timestamp with time zone not null
  used_at timestamp with time zone
  revoked_at timestamp with time zone
  constraint refresh_token_account FOREIGN KEY (account_id) REFERENCES account(id)
  constraint refresh_token_hash UNIQUE (token_hash)
  constraint refresh_token_key PRIMARY KEY (id)
  CREATE INDEX refresh_token_by_family ON public.refresh_token USING btree (family_id)
  insert to weir_auth: true
  select to weir_auth: true
  update to weir_auth: true

table region -- row level security forced
  id uuid not null
  code text not null
  name text not null
  time_zone text not null
  cut_off time without time zone not null default '02:00:00'::time without time zone
  record_semantics text not null default 'event'::text
  late_limit_hours integer
  state text not null default 'active'::text
  complete_until timestamp with time zone
  next_night date not null
  nightly_due_at timestamp with time zone not null
  last_night date
  last_night_at timestamp with time zone
  version integer not null default 1
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint region_code_form CHECK (((length(code) >= 1) AND (length(code) <= 100)))
  constraint region_code_taken UNIQUE (code)
  constraint region_key PRIMARY KEY (id)
  constraint region_late_limit_range CHECK (((late_limit_hours >= 1) AND (late_limit_hours <= 87600)))
  constraint region_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint region_semantics_known CHECK ((record_semantics = ANY (ARRAY['event'::text, 'hour'::text, 'total'::text])))
  constraint region_state_known CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text])))
  CREATE INDEX region_nightly_due ON public.region USING btree (nightly_due_at) WHERE (state = 'active'::text)
  insert to weir_platform: true
  select to weir_distributor, weir_ingest, weir_partner, weir_platform, weir_relay, weir_seller, weir_tenant, weir_verify: true
  update to weir_ingest, weir_platform, weir_relay: true

table role_grant -- row level security forced
  id uuid not null
  account_id uuid not null
  org_id uuid not null
  distributor_id uuid not null
  partner_id uuid not null
  tenant_id uuid not null
  role text not null
  granted_by uuid
  created_at timestamp with time zone not null default clock_timestamp()
  constraint role_grant_account FOREIGN KEY (account_id) REFERENCES account(id)
  constraint role_grant_key PRIMARY KEY (id)
  constraint role_grant_of_organization FOREIGN KEY (org_id, distributor_id, partner_id, tenant_id) REFERENCES organization(id, distributor_id, partner_id, tenant_id) ON UPDATE CASCADE
  constraint role_grant_once UNIQUE (org_id, account_id, role)
  constraint role_grant_role_known CHECK ((role = ANY (ARRAY['PlatformAdministrator'::text, 'PlatformReader'::text, 'PlatformService'::text, 'DistributorAdministrator'::text, 'DistributorReader'::text, 'PartnerAdministrator'::text, 'PartnerReader'::text, 'TenantAdministrator'::text, 'TenantUser'::text])))
  CREATE INDEX role_grant_by_account ON public.role_grant USING btree (account_id)
  delete to weir_chain, weir_platform: true
  delete to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  delete to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  delete to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  insert to weir_backfill, weir_platform: true
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_auth, weir_backfill, weir_chain, weir_platform: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table sku -- row level security forced
  id uuid not null
  code text not null
  name text not null
  unit text not null
  aggregation text not null default 'sum'::text
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  counts_by text
  constraint sku_aggregation_known CHECK ((aggregation = ANY (ARRAY['sum'::text, 'max'::text, 'last'::text, 'unique'::text, 'weighted'::text])))
  constraint sku_code_form CHECK (((length(code) >= 1) AND (length(code) <= 200)))
  constraint sku_code_taken UNIQUE (code)
  constraint sku_counts_by_form CHECK (((counts_by = 'resource'::text) OR (counts_by ~ '^dimensions\..'::text)))
  constraint sku_counts_by_of_unique CHECK (((aggregation = 'unique'::text) = (counts_by IS NOT NULL)))
  constraint sku_key PRIMARY KEY (id)
  constraint sku_name_length CHECK (((length(name) >= 1) AND (length(name) <= 300)))
  constraint sku_unit_length CHECK (((length(unit) >= 1) AND (length(unit) <= 100)))
  insert to weir_platform: true
  select to weir_chain, weir_distributor, weir_ingest, weir_partner, weir_platform, weir_seller, weir_tenant, weir_verify: true
  update to weir_platform: true

table statement -- row level security forced
  id uuid not null
  payer_id uuid not null
  payee_id uuid not null
  period text not null
  currency text not null
  state text not null default 'open'::text
  review_until date
  reviewed_by uuid
  accepted_by uuid
  accepted_at timestamp with time zone
  approved_by uuid
  approved_at timestamp with time zone
  approved numeric
  version integer not null default 1
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint statement_approved CHECK (((state = ANY (ARRAY['approved'::text, 'paid'::text])) = (num_nonnulls(approved_by, approved_at, approved) = 3)))
  constraint statement_by_two_people CHECK ((approved_by <> reviewed_by))
  constraint statement_key PRIMARY KEY (id)
  constraint statement_not_approved CHECK (((state = ANY (ARRAY['approved'::text, 'paid'::text])) OR (num_nonnulls(approved_by, approved_at, approved) = 0)))
  constraint statement_once UNIQUE (payer_id, payee_id, currency, period)
  constraint statement_payee FOREIGN KEY (payee_id) REFERENCES organization(id)
  constraint statement_payer FOREIGN KEY (payer_id) REFERENCES organization(id)
  constraint statement_period_form CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
  constraint statement_reviewed CHECK (((state = 'open'::text) = ((review_until IS NULL) AND (reviewed_by IS NULL))))
  constraint statement_state_known CHECK ((state = ANY (ARRAY['open'::text, 'in_review'::text, 'approved'::text, 'paid'::text])))
  CREATE INDEX statement_seen_by_distributor ON public.statement USING btree (see_distributor_id, period DESC, id DESC) WHERE (see_distributor_id IS NOT NULL)
  CREATE INDEX statement_seen_by_partner ON public.statement USING btree (see_partner_id, period DESC, id DESC) WHERE (see_partner_id IS NOT NULL)
  CREATE INDEX statement_seen_by_platform ON public.statement USING btree (see_platform_id, period DESC, id DESC) WHERE (see_platform_id IS NOT NULL)
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_verify: true
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor, weir_partner: (payee_id = ( SELECT weir_org() AS weir_org))
  update to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))

table statement_move -- row level security forced
  earning_id uuid not null
  from_id uuid not null
  to_id uuid not null
  why text not null
  payer_id uuid not null
  see_platform_id uuid
  see_distributor_id uuid
  see_partner_id uuid
  see_tenant_id uuid
  created_at timestamp with time zone not null default clock_timestamp()
  constraint statement_move_earning FOREIGN KEY (earning_id) REFERENCES earning(id)
  constraint statement_move_from FOREIGN KEY (from_id) REFERENCES statement(id)
  constraint statement_move_key PRIMARY KEY (earning_id, from_id)
  constraint statement_move_onward CHECK ((from_id <> to_id))
  constraint statement_move_to FOREIGN KEY (to_id) REFERENCES statement(id)
  constraint statement_move_why_known CHECK ((why = ANY (ARRAY['disputed'::text, 'held'::text])))
  CREATE INDEX statement_move_by_origin ON public.statement_move USING btree (from_id)
  CREATE INDEX statement_move_by_target ON public.statement_move USING btree (to_id)
  insert to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (see_distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (see_partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: (see_platform_id = ( SELECT weir_org() AS weir_org))
  select to weir_seller: (payer_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (see_tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true

table subscription -- row level security forced
  id uuid not null
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  external_id text
  name text not null
  plan_version_id uuid not null
  start_date date not null
  end_date date
  quantity numeric not null default 1
  version integer not null default 1
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  start_time time(0) without time zone not null default '00:00:00'::time without time zone
  constraint subscription_ends_after_start CHECK (((end_date IS NULL) OR (end_date >= start_date)))
  constraint subscription_external_id_length CHECK (((length(external_id) >= 1) AND (length(external_id) <= 200)))
  constraint subscription_external_id_per_tenant UNIQUE (tenant_id, external_id)
  constraint subscription_key PRIMARY KEY (id)
  constraint subscription_line UNIQUE (id, tenant_id)
  constraint subscription_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint subscription_of_tenant FOREIGN KEY (tenant_id, distributor_id, partner_id) REFERENCES organization(id, distributor_id, partner_id) ON UPDATE CASCADE
  constraint subscription_place UNIQUE (id, tenant_id, distributor_id, partner_id)
  constraint subscription_plan_version FOREIGN KEY (plan_version_id) REFERENCES plan_version(id)
  constraint subscription_quantity_positive CHECK ((quantity > (0)::numeric))
  CREATE INDEX subscription_by_age ON public.subscription USING btree (id DESC)
  CREATE INDEX subscription_by_distributor ON public.subscription USING btree (distributor_id, id DESC)
  CREATE INDEX subscription_by_partner ON public.subscription USING btree (partner_id, id DESC)
  CREATE INDEX subscription_by_tenant ON public.subscription USING btree (tenant_id, id DESC)
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_platform: true
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_backfill, weir_chain, weir_ingest, weir_platform, weir_seller, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  update to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  update to weir_platform: true
  update to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table subscription_alias -- row level security forced
  subscription_id uuid not null
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  region_id uuid not null
  external_id text not null
  constraint subscription_alias_key PRIMARY KEY (tenant_id, region_id, external_id)
  constraint subscription_alias_length CHECK (((length(external_id) >= 1) AND (length(external_id) <= 200)))
  constraint subscription_alias_of_subscription FOREIGN KEY (subscription_id, tenant_id) REFERENCES subscription(id, tenant_id)
  constraint subscription_alias_region FOREIGN KEY (region_id) REFERENCES region(id)
  CREATE INDEX subscription_alias_by_name ON public.subscription_alias USING btree (region_id, external_id)
  CREATE INDEX subscription_alias_by_subscription ON public.subscription_alias USING btree (subscription_id)
  delete to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  delete to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  delete to weir_platform: true
  delete to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_platform: true
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_chain, weir_ingest, weir_platform, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain: true

table subscription_change -- row level security forced
  subscription_id uuid not null
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  effective_on date not null
  effective_time time(0) without time zone not null default '00:00:00'::time without time zone
  plan_version_id uuid not null
  quantity numeric not null
  is_suspended boolean not null default false
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint subscription_change_of_subscription FOREIGN KEY (subscription_id, tenant_id, distributor_id, partner_id) REFERENCES subscription(id, tenant_id, distributor_id, partner_id) ON UPDATE CASCADE
  constraint subscription_change_once_a_day PRIMARY KEY (subscription_id, effective_on)
  constraint subscription_change_plan_version FOREIGN KEY (plan_version_id) REFERENCES plan_version(id)
  constraint subscription_change_quantity_positive CHECK ((quantity > (0)::numeric))
  CREATE INDEX subscription_change_by_tenant ON public.subscription_change USING btree (tenant_id)
  insert to weir_backfill, weir_platform: true
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_backfill, weir_platform, weir_seller, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  update to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  update to weir_platform: true
  update to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table tax_exemption -- row level security forced
  id uuid not null
  org_id uuid not null
  buyer_id uuid not null
  category text not null
  reason text not null
  proof text not null
  valid daterange not null
  created_at timestamp with time zone not null default clock_timestamp()
  constraint tax_exemption_buyer FOREIGN KEY (buyer_id) REFERENCES organization(id)
  constraint tax_exemption_category_known CHECK ((category = ANY (ARRAY['Z'::text, 'E'::text, 'AE'::text, 'K'::text, 'G'::text, 'O'::text])))
  constraint tax_exemption_key PRIMARY KEY (id)
  constraint tax_exemption_one_per_day EXCLUDE USING gist (org_id WITH =, buyer_id WITH =, valid WITH &&)
  constraint tax_exemption_proof_length CHECK (((length(proof) >= 1) AND (length(proof) <= 200)))
  constraint tax_exemption_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint tax_exemption_seller FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint tax_exemption_valid_not_empty CHECK ((NOT isempty(valid)))
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_seller, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table tax_identity -- row level security forced
  org_id uuid not null
  distributor_id uuid not null
  partner_id uuid not null
  tenant_id uuid not null
  country text not null
  has_tax_id boolean not null
  details jsonb not null
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint tax_identity_country_form CHECK ((country ~ '^[A-Z]{2}$'::text))
  constraint tax_identity_details_object CHECK ((jsonb_typeof(details) = 'object'::text))
  constraint tax_identity_key PRIMARY KEY (org_id)
  constraint tax_identity_of_line FOREIGN KEY (org_id, distributor_id, partner_id, tenant_id) REFERENCES organization(id, distributor_id, partner_id, tenant_id) ON UPDATE CASCADE
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_platform: true
  insert to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_platform: true
  select to weir_seller: ((org_id = ( SELECT weir_org() AS weir_org)) OR (EXISTS ( SELECT
   FROM edge
  WHERE ((edge.seller_id = ( SELECT weir_org() AS weir_org)) AND (edge.buyer_id = tax_identity.org_id)))))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  update to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  update to weir_platform: true
  update to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))

table tax_profile -- row level security forced
  org_id uuid not null
  country text not null
  place text not null
  rules jsonb not null
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint tax_profile_country_form CHECK ((country ~ '^[A-Z]{2}$'::text))
  constraint tax_profile_key PRIMARY KEY (org_id)
  constraint tax_profile_place_known CHECK ((place = ANY (ARRAY['seller'::text, 'buyer'::text])))
  constraint tax_profile_rules_list CHECK ((jsonb_typeof(rules) = 'array'::text))
  constraint tax_profile_seller FOREIGN KEY (org_id) REFERENCES organization(id)
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_seller, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table tax_rate -- row level security forced
  id uuid not null
  org_id uuid not null
  country text not null
  code text not null
  name text not null
  category text not null
  percent numeric not null
  reason text
  valid daterange not null
  created_at timestamp with time zone not null default clock_timestamp()
  constraint tax_rate_category_known CHECK ((category = ANY (ARRAY['S'::text, 'Z'::text, 'E'::text, 'AE'::text, 'K'::text, 'G'::text, 'O'::text, 'L'::text, 'M'::text])))
  constraint tax_rate_code_length CHECK (((length(code) >= 1) AND (length(code) <= 100)))
  constraint tax_rate_country_form CHECK ((country ~ '^[A-Z]{2}$'::text))
  constraint tax_rate_key PRIMARY KEY (id)
  constraint tax_rate_name_length CHECK (((length(name) >= 1) AND (length(name) <= 100)))
  constraint tax_rate_one_per_day EXCLUDE USING gist (org_id WITH =, country WITH =, code WITH =, name WITH =, valid WITH &&)
  constraint tax_rate_percent_range CHECK (((percent >= (0)::numeric) AND (percent <= (100)::numeric)))
  constraint tax_rate_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint tax_rate_seller FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint tax_rate_valid_not_empty CHECK ((NOT isempty(valid)))
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_seller, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_verify: true
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table tax_sku -- row level security forced
  org_id uuid not null
  sku_id uuid not null
  code text not null
  constraint tax_sku_code_length CHECK (((length(code) >= 1) AND (length(code) <= 100)))
  constraint tax_sku_key PRIMARY KEY (org_id, sku_id)
  constraint tax_sku_seller FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint tax_sku_sku FOREIGN KEY (sku_id) REFERENCES sku(id)
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_seller, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))

table tenant_switch -- row level security forced
  tenant_id uuid not null
  partner_id uuid not null
  distributor_id uuid not null
  self_provisioning boolean not null
  user_billing boolean not null
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint tenant_switch_key PRIMARY KEY (tenant_id)
  constraint tenant_switch_of_tenant FOREIGN KEY (tenant_id, distributor_id, partner_id) REFERENCES organization(id, distributor_id, partner_id) ON UPDATE CASCADE
  insert to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  insert to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  insert to weir_platform: true
  select to weir_auth, weir_platform: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  update to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  update to weir_platform: true

table usage_batch -- row level security forced
  id uuid not null
  job_id uuid not null
  region_id uuid not null
  asked_by uuid
  format text not null
  body bytea
  strict boolean not null default false
  complete_until timestamp with time zone
  state text not null default 'received'::text
  sent integer not null
  accepted integer not null default 0
  duplicate integer not null default 0
  conflict integer not null default 0
  quarantined integer not null default 0
  rejected integer not null default 0
  first_start timestamp with time zone
  last_end timestamp with time zone
  received_at timestamp with time zone not null default clock_timestamp()
  finished_at timestamp with time zone
  constraint usage_batch_adds_up CHECK (((state <> 'done'::text) OR (sent = ((((accepted + duplicate) + conflict) + quarantined) + rejected))))
  constraint usage_batch_job FOREIGN KEY (job_id) REFERENCES job(id)
  constraint usage_batch_job_once UNIQUE (job_id)
  constraint usage_batch_key PRIMARY KEY (id)
  constraint usage_batch_region FOREIGN KEY (region_id) REFERENCES region(id)
  constraint usage_batch_sent_positive CHECK ((sent > 0))
  constraint usage_batch_state_known CHECK ((state = ANY (ARRAY['received'::text, 'processing'::text, 'done'::text, 'parked'::text])))
  CREATE INDEX usage_batch_by_region ON public.usage_batch USING btree (region_id, id DESC)
  CREATE INDEX usage_batch_unfinished ON public.usage_batch USING btree (state) WHERE (state <> 'done'::text)
  insert to weir_platform: true
  select to weir_ingest, weir_platform, weir_seller, weir_verify: true
  update to weir_ingest: true

table usage_daily -- row level security forced
  tenant_id uuid not null
  subscription_id uuid not null
  sku_id uuid not null
  region_id uuid not null
  day date not null
  posting_period text not null
  partner_id uuid not null
  distributor_id uuid not null
  sum_quantity numeric not null
  max_quantity numeric not null
  last_quantity numeric not null
  last_at timestamp with time zone not null
  records bigint not null
  held_seconds numeric
  constraint usage_daily_key PRIMARY KEY (tenant_id, subscription_id, sku_id, region_id, day, posting_period)
  CREATE INDEX usage_daily_by_period ON public.usage_daily USING btree (posting_period, tenant_id)
  insert to weir_ingest: true
  select to weir_chain, weir_ingest, weir_platform, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain, weir_ingest: true

table usage_event -- row level security forced
  tenant_id uuid not null
  key uuid not null
  subscription_id uuid not null
  distributor_id uuid not null
  partner_id uuid not null
  sku_id uuid not null
  region_id uuid not null
  record_id text not null
  start_at timestamp with time zone not null
  end_at timestamp with time zone not null
  quantity numeric not null
  resource text
  dimensions jsonb
  batch_id uuid not null
  posting_period text not null
  constraint usage_event_dimensions_object CHECK ((jsonb_typeof(dimensions) = 'object'::text))
  constraint usage_event_key PRIMARY KEY (tenant_id, start_at, key)
  CREATE INDEX usage_event_over_months ON ONLY public.usage_event USING btree (tenant_id, subscription_id, sku_id) WHERE (date_trunc('month'::text, (start_at AT TIME ZONE 'UTC'::text)) < date_trunc('month'::text, (end_at AT TIME ZONE 'UTC'::text)))
  insert to weir_ingest: true
  select to weir_chain, weir_ingest, weir_platform, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain: true

table usage_key -- row level security forced
  tenant_id uuid not null
  key uuid not null
  hash uuid not null
  constraint usage_key_key PRIMARY KEY (tenant_id, key)
  insert to weir_ingest: true
  select to weir_ingest, weir_verify: true

table usage_outcome -- row level security forced
  batch_id uuid not null
  index integer not null
  outcome text not null
  record_id text
  faults jsonb not null default '{"list": []}'::jsonb
  recorded_at timestamp with time zone not null default clock_timestamp()
  constraint usage_outcome_batch FOREIGN KEY (batch_id) REFERENCES usage_batch(id)
  constraint usage_outcome_faults_object CHECK ((jsonb_typeof(faults) = 'object'::text))
  constraint usage_outcome_key PRIMARY KEY (batch_id, index)
  constraint usage_outcome_known CHECK ((outcome = ANY (ARRAY['duplicate'::text, 'conflict'::text, 'quarantined'::text, 'rejected'::text])))
  CREATE INDEX usage_outcome_by_age ON public.usage_outcome USING btree (recorded_at)
  delete to weir_ingest: true
  insert to weir_ingest: true
  select to weir_ingest, weir_platform, weir_verify: true

table usage_quarantine -- row level security forced
  id uuid not null
  region_id uuid not null
  record_id text not null
  hash uuid not null
  record jsonb not null
  reason text not null
  subscription text not null
  thing text not null
  start_at timestamp with time zone not null
  end_at timestamp with time zone not null
  batch_id uuid not null
  state text not null default 'waiting'::text
  waived_by uuid
  waiver text
  created_at timestamp with time zone not null default clock_timestamp()
  decided_at timestamp with time zone
  constraint usage_quarantine_batch FOREIGN KEY (batch_id) REFERENCES usage_batch(id)
  constraint usage_quarantine_key PRIMARY KEY (id)
  constraint usage_quarantine_once UNIQUE (region_id, record_id)
  constraint usage_quarantine_record_object CHECK ((jsonb_typeof(record) = 'object'::text))
  constraint usage_quarantine_region FOREIGN KEY (region_id) REFERENCES region(id)
  constraint usage_quarantine_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'accepted'::text, 'dismissed'::text])))
  constraint usage_quarantine_waiver_has_reason CHECK (((state <> 'dismissed'::text) OR (waiver IS NOT NULL)))
  CREATE INDEX usage_quarantine_held ON public.usage_quarantine USING btree (region_id, record_id) WHERE (state <> 'accepted'::text)
  CREATE INDEX usage_quarantine_waiting ON public.usage_quarantine USING btree (region_id, subscription, thing, reason) WHERE (state = 'waiting'::text)
  CREATE INDEX usage_quarantine_waiting_by_age ON public.usage_quarantine USING btree (id DESC) WHERE (state = 'waiting'::text)
  CREATE INDEX usage_quarantine_waiting_by_batch ON public.usage_quarantine USING btree (batch_id) WHERE (state = 'waiting'::text)
  insert to weir_ingest: true
  select to weir_ingest, weir_platform, weir_verify: true
  update to weir_ingest, weir_platform: true

table usage_setting -- row level security forced
  org_id uuid not null
  spanning text not null
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint usage_setting_key PRIMARY KEY (org_id)
  constraint usage_setting_platform FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint usage_setting_spanning_known CHECK ((spanning = ANY (ARRAY['split'::text, 'start'::text])))
  insert to weir_platform: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_ingest, weir_partner, weir_seller, weir_tenant: true
  select to weir_platform: (org_id = ( SELECT weir_org() AS weir_org))
  update to weir_platform: (org_id = ( SELECT weir_org() AS weir_org))

table usage_value -- row level security forced
  tenant_id uuid not null
  subscription_id uuid not null
  sku_id uuid not null
  day date not null
  value uuid not null
  region_id uuid not null
  posting_period text not null
  partner_id uuid not null
  distributor_id uuid not null
  constraint usage_value_key PRIMARY KEY (tenant_id, subscription_id, sku_id, day, value, region_id, posting_period)
  CREATE INDEX usage_value_by_period ON public.usage_value USING btree (posting_period, tenant_id)
  insert to weir_ingest: true
  select to weir_chain, weir_ingest, weir_platform, weir_verify: true
  select to weir_distributor: (distributor_id = ( SELECT weir_org() AS weir_org))
  select to weir_partner: (partner_id = ( SELECT weir_org() AS weir_org))
  select to weir_tenant: (tenant_id = ( SELECT weir_org() AS weir_org))
  update to weir_chain: true

table webhook_delivery -- row level security forced
  id uuid not null
  org_id uuid not null
  endpoint_id uuid not null
  event_id uuid not null
  state text not null default 'pending'::text
  attempt integer not null default 0
  due_at timestamp with time zone not null default clock_timestamp()
  last_status integer
  last_error text
  created_at timestamp with time zone not null default clock_timestamp()
  delivered_at timestamp with time zone
  constraint webhook_delivery_endpoint FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoint(id) ON DELETE CASCADE
  constraint webhook_delivery_event FOREIGN KEY (event_id) REFERENCES event(id)
  constraint webhook_delivery_key PRIMARY KEY (id)
  constraint webhook_delivery_once UNIQUE (endpoint_id, event_id)
  constraint webhook_delivery_state_known CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'exhausted'::text])))
  CREATE INDEX webhook_delivery_by_owner ON public.webhook_delivery USING btree (org_id, id DESC)
  CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (endpoint_id, due_at) WHERE (state = 'pending'::text)
  insert to weir_relay: true
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay, weir_verify: true
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  update to weir_relay: true

table webhook_endpoint -- row level security forced
  id uuid not null
  org_id uuid not null
  url text not null
  secret_sealed bytea not null
  old_secret bytea
  old_until timestamp with time zone
  events text[] not null
  state text not null default 'active'::text
  disabled_for text
  failing_since timestamp with time zone
  rest_until timestamp with time zone
  version integer not null default 1
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  constraint webhook_endpoint_disabled_for_known CHECK ((disabled_for = ANY (ARRAY['gone'::text, 'failing'::text, 'owner'::text])))
  constraint webhook_endpoint_disabled_has_reason CHECK (((state = 'disabled'::text) = (disabled_for IS NOT NULL)))
  constraint webhook_endpoint_events_some CHECK (((cardinality(events) >= 1) AND (cardinality(events) <= 50)))
  constraint webhook_endpoint_key PRIMARY KEY (id)
  constraint webhook_endpoint_old_secret_ends CHECK (((old_secret IS NULL) = (old_until IS NULL)))
  constraint webhook_endpoint_owner FOREIGN KEY (org_id) REFERENCES organization(id)
  constraint webhook_endpoint_state_known CHECK ((state = ANY (ARRAY['active'::text, 'disabled'::text])))
  constraint webhook_endpoint_url_length CHECK (((length(url) >= 8) AND (length(url) <= 2000)))
  CREATE INDEX webhook_endpoint_by_owner ON public.webhook_endpoint USING btree (org_id, id DESC)
  delete to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  insert to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  select to weir_relay: true
  update to weir_distributor, weir_partner, weir_platform, weir_tenant: (org_id = ( SELECT weir_org() AS weir_org))
  update to weir_relay: true

table weir_migration -- NOT PROTECTED
  name text not null
  checksum text not null
  applied_at timestamp with time zone not null default clock_timestamp()
  constraint weir_migration_key PRIMARY KEY (name)

function buy_edge_changed()
function commission_rule_is_fixed()
function credit_entry_covered()
function credit_grant_covered()
function credit_note_within_lines()
function earning_is_of_known()
function invoice_event_within_due()
function invoice_is_final()
function invoice_line_of_known()
function invoice_line_on_draft()
function organization_keeps_its_places()
function organization_stays_closed()
function plan_item_is_fixed()
function plan_version_is_fixed()
function posting_must_balance()
function price_list_changed()
function price_list_is_frozen()
function price_rate_is_frozen()
function price_rates_changed()
function usage_event_ensure_month(date) security definer
function usage_held_through_month(date,numeric,numeric)
function usage_month_seconds(date)
function weir_line()
function weir_org()
function weir_seller_of_record()
procedure weir_close(regclass)
procedure weir_open(regclass,text,text[],text)
procedure weir_open_branch(regclass,text[])
procedure weir_open_branch_columns(regclass,text)
procedure weir_open_catalog(regclass)
procedure weir_open_edge(regclass,text[],text)
procedure weir_open_insert_own(regclass)
procedure weir_open_insert_own_workers(regclass)
procedure weir_open_own(regclass,text[])
