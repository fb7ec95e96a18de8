-- Edges are read through the API: they say when they were made and ended. Deploy before the code.

alter table edge
  add created_at timestamptz not null default clock_timestamp(),
  add updated_at timestamptz not null default clock_timestamp();
