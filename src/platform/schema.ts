import {
  Kind,
  type Static,
  type TProperties,
  type TSchema,
  type TUnsafe,
  Type as t,
  TypeRegistry,
} from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { DomainError } from './errors.ts'
import { faultsOf } from './findings.ts'

// The only file that knows the schema library; the next version of the framework changes it here.
export { type Static, type TSchema, t }

/** An object that refuses unknown fields, in requests and in answers alike. */
export const object = <P extends TProperties>(properties: P, options: { $id?: string; description?: string } = {}) =>
  t.Object(properties, { additionalProperties: false, ...options })

/** One of some fixed words. Enumerations only grow. */
export const oneOf = <const T extends readonly string[]>(values: T, options: { description?: string } = {}) =>
  t.Union(
    values.map((value) => t.Literal(value)),
    options,
  ) as unknown as TUnsafe<T[number]>

/** The value, or null where there is none. */
export const orNull = <S extends TSchema>(schema: S) => t.Union([schema, t.Null()])

export const Uuid = t.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  examples: ['01980f5e-7b1c-7c3a-9f0e-2f6d1c5b4a39'],
})

/** Decimal number as text, so that no JSON parser can round it: at most 26 digits before and 12 after the point. */
export const DecimalText = t.String({ pattern: '^-?(0|[1-9]\\d{0,25})(\\.\\d{1,12})?$', examples: ['19.90'] })

/** A decimal in an answer: exact, so it may have more digits than a request may bring. */
export const ExactDecimal = t.String({ pattern: '^-?\\d+(\\.\\d+)?$', examples: ['63.325'] })

/** A calendar day, UTC: ISO 8601 `YYYY-MM-DD`, from the year 2000 on. */
export const DayText = t.String({
  pattern: '^2\\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
  examples: ['2026-11-01'],
})

/** A billing period: a calendar month in UTC, `YYYY-MM`. */
export const PeriodText = t.String({ pattern: '^2\\d{3}-(0[1-9]|1[0-2])$', examples: ['2026-11'] })

/** An instant, RFC 3339 in UTC. */
export const Instant = t.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z$',
  examples: ['2026-11-01T00:00:00Z'],
})

/** ISO 4217 alphabetic code. */
export const CurrencyCode = t.String({ pattern: '^[A-Z]{3}$', examples: ['EUR'] })

/** Text of a person: no control characters, so that no line of a log or a document can be forged. */
export const Name = (maxLength = 200) => t.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]+$' })

/** Any text that Postgres can hold: U+0000 is none. */
export const Text = (
  maxLength: number,
  options: { minLength?: number; description?: string; examples?: string[] } = {},
) => t.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]+$', ...options })

/** A page of `item`s: go on with `?cursor=<nextCursor>` while `hasMore`. */
export const PageOf = <S extends TSchema>(item: S) =>
  object({ data: t.Array(item), page: object({ nextCursor: orNull(t.String()), hasMore: t.Boolean() }) })

/**
 * A whole number in a query or a path, where everything is text: it is checked as it was written, so that `5e1` and `+5`
 * are refused, and handed on as a number.
 */
export function IntegerText(options: { minimum: number; maximum: number; default?: number; description?: string }) {
  const { minimum, maximum } = options
  const kind = `a whole number from ${minimum} to ${maximum}`
  TypeRegistry.Set(
    kind,
    (_, value) => /^(0|[1-9]\d{0,8})$/.test(String(value)) && Number(value) >= minimum && Number(value) <= maximum,
  )
  const written = t.Unsafe<string>({ [Kind]: kind, type: 'integer', ...options })
  return t.Transform(written).Decode(Number).Encode(String) as unknown as TUnsafe<number>
}

/** Query fields that every list takes. */
export const pageQuery = {
  limit: t.Optional(IntegerText({ minimum: 1, maximum: 200, default: 50, description: 'rows per page' })),
  cursor: t.Optional(Text(500, { description: 'from the page before' })),
}

/** RFC 9457 problem details, the body of every 4xx and 5xx. */
export const Problem = object(
  {
    type: t.String(),
    title: t.String(),
    status: t.Integer(),
    code: t.String(),
    detail: t.String(),
    instance: t.String(),
    requestId: t.String(),
    errors: t.Array(object({ pointer: t.String(), code: t.String(), message: t.String() })),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
)
export type Problem = Static<typeof Problem>

/** How any route may refuse: not signed in, not permitted, not valid. */
export const refused = { 401: Problem, 403: Problem, 422: Problem } as const

/** How a change of one thing may be refused besides: it is not there, or how it stands forbids it. */
export const changeRefused = { ...refused, 404: Problem, 409: Problem } as const

/** The path of one thing. */
export const IdPath = object({ id: Uuid })

/** 202: the work is accepted; poll the job. */
export const Accepted = object({ jobId: Uuid })

/** Checks text that did not come through a route (job payloads, stored documents). @throws DomainError with pointers. */
export function checked<S extends TSchema>(schema: S, value: unknown): Static<S> {
  const compiled = compile(schema)
  if (compiled.Check(value)) return value
  throw new DomainError('invalid', 'payload.invalid', 'the stored payload does not fit its schema', {
    faults: faultsOf([...compiled.Errors(value)]),
  })
}

/** True when the value has the schema's shape. */
export const fits = <S extends TSchema>(schema: S, value: unknown): value is Static<S> => compile(schema).Check(value)

const compiledSchemas = new WeakMap<TSchema, ReturnType<typeof TypeCompiler.Compile>>()

function compile(schema: TSchema) {
  const known = compiledSchemas.get(schema)
  if (known) return known
  const compiled = TypeCompiler.Compile(schema)
  compiledSchemas.set(schema, compiled)
  return compiled
}
