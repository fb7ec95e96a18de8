import { DayText, Name, object, oneOf, orNull, type Static, t } from '../../../platform/schema.ts'
import { OneRate, RateDifference } from '../copies/model.ts'
import { Code } from '../model.ts'
import { PriceList } from '../price-lists/model.ts'

export const ImportQuery = object({
  preview: t.Optional(oneOf(['true', 'false'], { description: 'true: says what would change, and changes nothing' })),
  validFrom: t.Optional({
    ...DayText,
    description: 'of the new draft; without it the list itself is a draft and is filled',
  }),
  validTo: t.Optional({ ...DayText, description: 'the first day that is not covered; open without it' }),
  code: t.Optional({ ...Code, description: 'of the new draft; the next version of the same list without it' }),
  name: t.Optional(Name()),
})
export type ImportQuery = Static<typeof ImportQuery>

const line = t.Integer({ description: 'the row of the file, counted as a spreadsheet does: the head is 1' })

export const ImportedList = object(
  {
    priceList: orNull(PriceList),
    added: t.Array(object({ line, ...OneRate.properties })),
    changed: t.Array(object({ line, ...RateDifference.properties })),
    removed: t.Array(OneRate, { description: 'on the list and not in the file' }),
    unchanged: t.Integer(),
    faults: t.Array(object({ pointer: t.String(), code: t.String(), message: t.String() }), {
      description: 'of a preview, the first 200: /row/column; without a preview any fault refuses the whole file',
    }),
  },
  { $id: 'ImportedPriceList' },
)
export type ImportedList = Static<typeof ImportedList>
