import {
  CurrencyCode,
  ExactDecimal,
  Instant,
  object,
  oneOf,
  orNull,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'

const groupings = ['payee', 'payer'] as const
export const SummaryQuery = object({
  period: PeriodText,
  groupBy: t.Optional(oneOf(groupings, { description: 'payee by default' })),
  payeeId: t.Optional(Uuid),
})
export type SummaryQuery = Static<typeof SummaryQuery>

const SummaryRow = object({
  groupBy: oneOf(groupings),
  groupId: Uuid,
  name: orNull(t.String()),
  payerId: Uuid,
  payeeId: orNull(Uuid),
  period: PeriodText,
  side: oneOf(['payer', 'payee']),
  currency: CurrencyCode,
  estimated: {
    ...orNull(ExactDecimal),
    description:
      'not earned yet: unbilled, drafted, and issued lines without an earning; null: unknown. Rules that wait for payment are ' +
      'not estimated',
  },
  earned: ExactDecimal,
  reversed: ExactDecimal,
  approved: { ...ExactDecimal, description: 'of what is earned and reversed: on approved statements, paid or not' },
  paid: { ...ExactDecimal, description: 'of what is approved: paid by a batch that did not come back' },
  lines: t.Integer({
    description: 'lines that earned or are estimated; one that spans a change of rule counts per rule',
  }),
  withoutRule: t.Integer({ description: 'lines on which no rule is in force: they earn nothing' }),
  parked: t.Integer({
    description: "buckets without a price, and lines that earn on the payer's margin: what they will earn is unknown",
  }),
  asOf: { ...orNull(Instant), description: 'when the latest of the buckets that are not billed was rated' },
  links: object(
    {
      earnings: t.String({ description: 'they add up to earned + reversed' }),
      statements: t.String({ description: 'on which they stand now' }),
      payouts: {
        ...orNull(t.String()),
        description: 'the batches that pay them; null for a payee, whose statements name them',
      },
    },
    { description: 'what the figures of the row consist of: paths of lists, narrowed down to it' },
  ),
})
export type SummaryRow = Static<typeof SummaryRow>

export const Summary = object({ data: t.Array(SummaryRow) }, { $id: 'CommissionSummary' })
export type Summary = Static<typeof Summary>
