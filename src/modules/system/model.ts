import { type Static, object, oneOf, t } from '../../platform/schema.ts'

export const Live = object({ status: t.Literal('ok') })

export const Ready = object({
  status: oneOf(['ok', 'unavailable']),
  postgres: object({ status: oneOf(['ok', 'unavailable']), version: t.String() }),
  queue: object({ transport: oneOf(['redis', 'postgres']) }),
})
export type Ready = Static<typeof Ready>

export const Version = object({ name: t.Literal('weir'), version: t.String(), bun: t.String() })
export type Version = Static<typeof Version>
