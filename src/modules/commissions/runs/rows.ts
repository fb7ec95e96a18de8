import { portionsOf } from '../../../billing/commission-portions.ts'
import { daysAfter } from '../../../billing/days.ts'
import { amountText, currency, decimal } from '../../../billing/money.ts'
import type { Level } from '../../../platform/context.ts'
import { invariant } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import type { RuleTerms } from '../rules/terms.ts'
import type { NewEarning } from './earn.ts'

/** An earning as it is written: one row for each of its portions. Amounts are decimal text. */
export type Row = {
  readonly id: string
  readonly kind: 'earned' | 'retier' | 'reversal'
  readonly payee: Payee
  readonly ruleId: string
  /** The snapshot of the rule, as text of JSON. */
  readonly rule: string
  readonly invoiceId: string
  readonly line: number
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly period: string
  readonly currency: string
  readonly base: string
  readonly baseToDate: string
  readonly amount: string
  readonly amountToDate: string
  readonly uncappedToDate: string | null
  readonly whole: string | null
  readonly position: number | null
  readonly heldUntil: string | null
  readonly shareOf: string | null
  readonly reverses: string | null
  readonly eventId: string | null
  /** How often the line was computed again before. */
  readonly retiered: number
}

/** Who earns, with the level that it reads at. */
export type Payee = { readonly id: string; readonly level: Level }

/** An earning before it is divided. */
export type Whole = Omit<Row, 'id' | 'heldUntil' | 'shareOf' | 'whole'> & {
  readonly terms: RuleTerms
  readonly issueDate: string
}

/** The rows of an earning: the earner's own part first, which carries the figures to date of the whole. */
export function rowsOf({ terms, issueDate, ...whole }: Whole): Row[] {
  const id = newId()
  const alone = { ...whole, id, whole: null, shareOf: null }
  if (!terms.split && !terms.holdDays) return [{ ...alone, heldUntil: null }]
  const heldUntil = daysAfter(issueDate, terms.holdDays ?? 0)
  const code = currency(whole.currency)
  const [own, ...others] = portionsOf(terms, whole.payee.id, decimal(whole.amount), code)
  invariant(own?.payeeId === whole.payee.id, "the first portion is the earner's")
  const until = ({ isHeld }: { isHeld: boolean }) => (isHeld ? heldUntil : null)
  if (others.length === 0) return [{ ...alone, heldUntil: until(own) }]
  return [
    { ...alone, amount: amountText(own.amount, code), whole: whole.amount, heldUntil: until(own) },
    ...others.map((part): Row => {
      const amount = amountText(part.amount, code)
      return {
        ...whole,
        id: newId(),
        payee: payeeOf(terms, whole.payee, part.payeeId),
        base: whole.amount,
        baseToDate: whole.amount,
        amount,
        amountToDate: amount,
        uncappedToDate: null,
        whole: null,
        position: null,
        heldUntil: until(part),
        shareOf: id,
      }
    }),
  ]
}

function payeeOf({ split = [] }: RuleTerms, earner: Payee, id: string): Payee {
  if (id === earner.id) return earner
  const sharer = split.find(({ payeeId }) => payeeId === id)
  invariant(sharer, 'who shares is named by the rule')
  return { id, level: sharer.level }
}

/** Snapshots are the same for all earnings of a rule: each text is made once. */
const known = new WeakMap<object, { own?: string; inherited?: string }>()

/** What the payee may know of a rule, which need not be its own, as text of JSON. */
function snapshotOf({ rule, seat }: Pick<NewEarning, 'rule' | 'seat'>): string {
  const inherited = rule.payeeId !== seat.payeeId
  const texts = known.get(rule) ?? {}
  known.set(rule, texts)
  const name = inherited ? 'inherited' : 'own'
  return (texts[name] ??= JSON.stringify({ basis: rule.basis, inherited, ...rule.terms }))
}

/** What a run found on a line, ready to be divided. */
export const toWhole = (one: NewEarning, period: string): Whole => ({
  kind: 'earned',
  payee: { id: one.seat.payeeId, level: one.seat.level },
  ruleId: one.rule.id,
  rule: snapshotOf(one),
  invoiceId: one.invoiceId,
  line: one.line,
  serviceStart: one.serviceStart,
  serviceEnd: one.serviceEnd,
  period,
  currency: one.currency,
  base: one.base,
  baseToDate: one.baseToDate,
  amount: one.amount,
  amountToDate: one.amountToDate,
  uncappedToDate: one.uncappedToDate,
  position: one.position,
  reverses: null,
  eventId: one.eventId,
  retiered: 0,
  terms: one.rule.terms,
  issueDate: one.issueDate,
})
