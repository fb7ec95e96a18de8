import { standings, statementStates } from '../../../billing/statement.ts'
import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  Instant,
  Name,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'

const State = oneOf(statementStates)

/** What one payee earns from one payer in a month and currency. */
export const Statement = object(
  {
    id: Uuid,
    payerId: Uuid,
    payeeId: Uuid,
    period: PeriodText,
    currency: CurrencyCode,
    state: State,
    lines: t.Integer(),
    total: ExactDecimal,
    held: { ...ExactDecimal, description: 'still held today: moves to the next statement at approval' },
    disputed: { ...ExactDecimal, description: 'disputed by the payee: moves to the next statement at approval' },
    approvable: { ...ExactDecimal, description: 'what an approval today would approve' },
    approved: { ...orNull(ExactDecimal), description: 'what was approved, and is or will be paid' },
    reviewUntil: { ...orNull(DayText), description: 'the first day on which it can be approved without acceptance' },
    acceptedAt: { ...orNull(Instant), description: 'when the payee accepted it' },
    approvedAt: orNull(Instant),
    payoutId: {
      ...orNull(Uuid),
      description: 'the batch that pays it, unless it came back; its payee reads its own part under payouts/received',
    },
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'CommissionStatement' },
)
export type Statement = Static<typeof Statement>
export const StatementPage = PageOf(Statement)

export const StatementFilters = object({
  period: t.Optional(PeriodText),
  state: t.Optional(State),
  payeeId: t.Optional(Uuid),
  payerId: t.Optional(Uuid),
  currency: t.Optional(CurrencyCode),
  earningPeriod: t.Optional({ ...PeriodText, description: 'on which something earned in this month stands now' }),
  payoutId: t.Optional({ ...Uuid, description: 'that this batch pays' }),
  ...pageQuery,
})
export type StatementFilters = Static<typeof StatementFilters>

/** An earning as a line of a statement. */
export const StatementLine = object({
  earningId: Uuid,
  kind: oneOf(['earned', 'retier', 'reversal']),
  documentId: Uuid,
  line: t.Integer(),
  period: PeriodText,
  base: ExactDecimal,
  amount: ExactDecimal,
  heldUntil: orNull(DayText),
  standing: oneOf(standings),
  disputeReason: orNull(t.String()),
})
export type StatementLine = Static<typeof StatementLine>
export const StatementLinePage = PageOf(StatementLine)
export const LineQuery = object({ ...pageQuery })
export type LineQuery = Static<typeof LineQuery>

export const Review = object({
  days: t.Optional(
    t.Integer({ minimum: 0, maximum: 90, default: 7, description: 'how long the payee may look at it' }),
  ),
})
export type Review = Static<typeof Review>

export const Dispute = object({ reason: Name(500) })
export type Dispute = Static<typeof Dispute>
