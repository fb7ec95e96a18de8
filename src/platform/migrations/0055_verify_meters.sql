/* What a record was called says what it is known by: whoever verifies reads the meters as well. */
call weir_open('meter', 'weir_verify', array['select']);
