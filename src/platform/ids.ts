/** What stands for a skipped level. No organization may have it. */
export const nilId = '00000000-0000-0000-0000-000000000000'

/** A new UUIDv7 (RFC 9562): ids sort by the time they were made. */
export const newId = (): string => Bun.randomUUIDv7()
