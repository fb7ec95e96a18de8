-- Distinct values belong to whoever stood above their tenant on their day, as the usage that they came with does.

call weir_open('usage_value', 'weir_chain', array['select', 'update']);
