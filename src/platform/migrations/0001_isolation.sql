-- The second lock: how every table of Weir is closed. Tables come closed (forced row level security, nothing granted);
-- the procedures below open them again, per role and per command, always by a predicate on the row.
-- Cluster roles are made before this file by the migrator (see migrate.ts).

/* The organization that acts in this transaction. Without a context the cast fails: forgetting it is loud. */
create function weir_org() returns uuid language sql stable parallel safe
  return current_setting('app.org')::uuid;

/* The seller of record of the acting organization: whose shared price lists it may read. */
create function weir_seller_of_record() returns uuid language sql stable parallel safe
  return current_setting('app.seller')::uuid;

/* The acting organization and its ancestors: whose plans it may read. */
create function weir_line() returns uuid[] language sql stable parallel safe
  return current_setting('app.line')::uuid[];

/* Closes a table: nobody, not even its owner, sees a row without a policy. */
create procedure weir_close(relation regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', relation);
  execute format('alter table %s force row level security', relation);
end $$;

/* Opens a table to one role for some commands, on the rows that satisfy the predicate. */
create procedure weir_open(relation regclass, to_role text, commands text[], predicate text default 'true')
language plpgsql as $$
declare command text;
begin
  foreach command in array commands loop
    execute format('grant %s on %s to %I', command, relation, to_role);
    execute format('create policy %I on %s for %s to %I %s',
      to_role || '_' || command, relation, command, to_role,
      case command
        when 'insert' then format('with check (%s)', predicate)
        when 'update' then format('using (%s) with check (%s)', predicate, predicate)
        else format('using (%s)', predicate)
      end);
  end loop;
end $$;

/* A branch table: each tier sees its own branch by one equality on its ancestor column. */
create procedure weir_open_branch(relation regclass, commands text[]) language plpgsql as $$
begin
  call weir_close(relation);
  call weir_open(relation, 'weir_platform', commands);
  call weir_open(relation, 'weir_distributor', commands, 'distributor_id = (select weir_org())');
  call weir_open(relation, 'weir_partner', commands, 'partner_id = (select weir_org())');
  call weir_open(relation, 'weir_tenant', commands, 'tenant_id = (select weir_org())');
end $$;

/* An edge table: read by the levels from seller to buyer, written by the seller's money duties only. */
create procedure weir_open_edge(relation regclass, seller_commands text[], seller_column text default 'seller_id')
language plpgsql as $$
declare tier text;
begin
  call weir_close(relation);
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open(relation, 'weir_' || tier, array['select'], format('see_%s_id = (select weir_org())', tier));
  end loop;
  call weir_open(relation, 'weir_seller', seller_commands, format('%I = (select weir_org())', seller_column));
end $$;

/* A table of the acting organization alone, alike for every tier. */
create procedure weir_open_own(relation regclass, commands text[]) language plpgsql as $$
declare tier text;
begin
  call weir_close(relation);
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open(relation, 'weir_' || tier, commands, 'org_id = (select weir_org())');
  end loop;
end $$;

/* Lets each tier read some columns of a branch table: what the row hides from everybody is not granted. */
create procedure weir_open_branch_columns(relation regclass, columns text) language plpgsql as $$
declare tier text;
begin
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    execute format('grant select (%s) on %s to %I', columns, relation, 'weir_' || tier);
    execute format('create policy %I on %s for select to %I using (%s)', 'weir_' || tier || '_select', relation, 'weir_' || tier,
      case tier when 'platform' then 'true' else format('%I = (select weir_org())', tier || '_id') end);
  end loop;
end $$;

/* Lets every role that acts for an organization append rows in its name. */
create procedure weir_open_insert_own(relation regclass) language plpgsql as $$
declare actor text;
begin
  foreach actor in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open(relation, 'weir_' || actor, array['insert'], 'org_id = (select weir_org())');
  end loop;
  call weir_open_insert_own_workers(relation);
end $$;

/* Lets the work roles append rows in the name of the organization they work for. */
create procedure weir_open_insert_own_workers(relation regclass) language plpgsql as $$
declare actor text;
begin
  foreach actor in array array['seller', 'ingest', 'relay'] loop
    call weir_open(relation, 'weir_' || actor, array['insert'], 'org_id = (select weir_org())');
  end loop;
end $$;

/* Opens a table for reading to every tier: catalogs that hold no amount and no name of a customer. */
create procedure weir_open_catalog(relation regclass) language plpgsql as $$
declare tier text;
begin
  call weir_close(relation);
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open(relation, 'weir_' || tier, array['select']);
  end loop;
end $$;

grant usage on schema public to weir_platform, weir_distributor, weir_partner, weir_tenant,
  weir_auth, weir_chain, weir_ingest, weir_seller, weir_relay, weir_verify, weir_backfill;
