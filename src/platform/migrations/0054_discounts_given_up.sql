-- Discounts of every kind are given up with what they were on. Deploy before the code.

/* What a document gives up of a discount, because it gives back something that was under it, is kept beside what it takes. */
alter table discount_use
  add given_up numeric not null default 0 constraint discount_use_given_up_not_negative check (given_up >= 0),
  drop constraint discount_use_positive,
  add constraint discount_use_positive check (amount >= 0 or available is null);
