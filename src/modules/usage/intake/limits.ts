/** A call carries at most this many bytes, as sent and again after inflating (domain, Usage). */
export const maxBodyBytes = 32 * 1024 * 1024
/** A call carries at most this many records (domain, Usage). */
export const maxRecords = 50_000
/** The text of one record; above what the field limits below can fill even with every character escaped. */
export const maxRecordCharacters = 256 * 1024
/** Columns of a CSV file; FOCUS 1.2 names about 60, providers add their own. */
export const maxColumns = 300

// Lengths are UTF-16 code units, never fewer than the code points that Postgres counts.
/** Ids of records, subscriptions, meters and SKUs. */
export const maxIdLength = 200
/** The name of a unit. */
export const maxUnitLength = 200
/** The name of a resource. */
export const maxResourceLength = 1024
/** Dimensions of one record. */
export const maxDimensions = 32
/** The key of one dimension. */
export const maxDimensionKeyLength = 128
/** The value of one dimension, which may be empty. */
export const maxDimensionValueLength = 1024

/** A record spread over days must stay bounded work. */
export const maxIntervalDays = 366
/** Nobody reads more faults of one record, and a hostile record could have a hundred thousand. */
export const maxFaultsPerRecord = 50
