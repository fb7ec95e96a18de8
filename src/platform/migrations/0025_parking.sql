-- The last documents of an edge, which say what is usual on it. Safe to deploy before the code.
create index invoice_issued_on_edge on invoice (edge_id, id desc) where state = 'issued' and type = 'invoice';
