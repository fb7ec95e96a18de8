-- A line that gives back is reduced by the percents that were off what it gives back. Deploy before the code.

/* Of a discount without a limit a document may give back as much as it takes, or more. What counts against a limit is above 0. */
alter table discount_use drop constraint discount_use_positive;
alter table discount_use add constraint discount_use_positive check (amount > 0 or available is null);
