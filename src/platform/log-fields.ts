/** Deeper fields and longer cause chains are cut: a log line is bounded. */
const maxDepth = 6
const secretName = /(?:password|passwd|secret|authorization|token|cookie|api_?key)$/i
const userinfoInUrl = /(:\/\/[^\s/:@]*):[^\s/@]+@/g
/** Postgres repeats the offending value at the end of some messages: `invalid input syntax for type uuid: "…"`. */
const quotedValueAtEnd = /: "[\s\S]*"$/

const withoutPassword = (text: string): string =>
  text.includes('://') ? text.replaceAll(userinfoInUrl, '$1:***@') : text

/** Known fields only: what else drivers hang on errors (`parameters`, `args`, `detail`, `where`) holds bound values. */
const errorFields = (error: Error, depth: number): Record<string, unknown> => {
  const {
    code,
    constraint_name: constraint,
    constraint: pgConstraint,
  } = error as Error & Partial<Record<'code' | 'constraint_name' | 'constraint', unknown>>
  const isFromDatabase = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
  return {
    type: error.name,
    message: withoutPassword(isFromDatabase ? error.message.replace(quotedValueAtEnd, '') : error.message),
    ...(code === undefined ? {} : { code }),
    ...(constraint || pgConstraint ? { constraint: constraint ?? pgConstraint } : {}),
    // The head of a stack repeats the message, so only the frames are kept.
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    ...(error.cause === undefined ? {} : { cause: clean(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: clean(error.errors, depth + 1) } : {}),
  }
}

const clean = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return withoutPassword(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) return '[deeper]'
  if (value instanceof Error) return errorFields(value, depth)
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1))
  if ('toJSON' in value) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, secretName.test(name) ? '***' : clean(field, depth + 1)]),
  )
}

/** A copy of `fields` that may be written to a log: secrets blanked, errors reduced to what explains them. */
export const loggable = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  clean(fields, 0) as Record<string, unknown>
