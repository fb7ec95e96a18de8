/** A call carries at most this many bytes, as sent and again after inflating (domain, Usage). */
export const MAX_BODY_BYTES = 32 * 1024 * 1024
/** A call carries at most this many records (domain, Usage). */
export const MAX_RECORDS = 50_000
/** The text of one record; above what the field limits below can fill even with every character escaped. */
export const MAX_RECORD_CHARACTERS = 256 * 1024
/** Columns of a CSV file; FOCUS 1.2 names about 60, providers add their own. */
export const MAX_COLUMNS = 300

// Lengths are UTF-16 code units, never fewer than the code points that Postgres counts.
/** Ids of records, subscriptions, meters and SKUs. */
export const MAX_ID_LENGTH = 200
/** The name of a unit. */
export const MAX_UNIT_LENGTH = 200
/** The name of a resource. */
export const MAX_RESOURCE_LENGTH = 1024
/** Dimensions of one record. */
export const MAX_DIMENSIONS = 32
/** The key of one dimension. */
export const MAX_DIMENSION_KEY_LENGTH = 128
/** The value of one dimension, which may be empty. */
export const MAX_DIMENSION_VALUE_LENGTH = 1024

/** A record spread over days must stay bounded work. */
export const MAX_INTERVAL_DAYS = 366
/** Nobody reads more faults of one record, and a hostile record could have a hundred thousand. */
export const MAX_FAULTS_PER_RECORD = 50
