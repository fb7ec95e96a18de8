-- What the intake asks of every batch, and what nobody asks of events.
-- Safe to deploy before the code. The index is small: most records never wait.

/* Whether a region has records that wait or were waived: asked once a batch, and answered no by almost all. */
create index usage_quarantine_held on usage_quarantine (region_id, record_id) where state <> 'accepted';

/* Events are read by tenant and time. One index less is a tenth of what a record costs. */
drop index usage_event_by_subscription;
