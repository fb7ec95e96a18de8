-- Closing a month asks what is not rated yet: the platform reads the marks of its own edges.
-- Safe to deploy before the code: a right to read.

call weir_open('rating_due', 'weir_platform', array['select'], 'seller_id = (select weir_org())');
