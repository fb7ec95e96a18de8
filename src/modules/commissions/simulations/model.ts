import {
  CurrencyCode,
  ExactDecimal,
  Instant,
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
import { jobStates } from '../../jobs/model.ts'
import { NewRule } from '../rules/model.ts'
import { simulationGroups } from './queries.ts'

const { payeeId, currency, basis, scope, mode, tiers, trigger, skus, planIds, cap, floor, inheritable } =
  NewRule.properties

/** A draft is tried out in place of the payee's own rules, on all documents of the period and on all that was paid in it. */
export const NewSimulation = object({
  payeeId,
  currency,
  basis,
  scope,
  mode,
  tiers,
  trigger,
  skus,
  planIds,
  cap,
  floor,
  inheritable,
  period: PeriodText,
})
export type NewSimulation = Static<typeof NewSimulation>

export const SimulationAccepted = object({ jobId: Uuid, simulationId: Uuid })
export type SimulationAccepted = Static<typeof SimulationAccepted>

const figures = {
  currency: CurrencyCode,
  lines: t.Integer({
    description: 'of the documents of the period, and of others of which something was paid or credited in it',
  }),
  before: t.Union([ExactDecimal], {
    description:
      'by the rules as they are: what documents earn before credit notes, and by rules that wait for payment what was collected ' +
      'in the period, less what went back and was credited',
  }),
  after: t.Union([ExactDecimal], { description: 'by the draft' }),
  difference: ExactDecimal,
  unknown: t.Integer({ description: 'lines whose cost is unknown: in no amount' }),
}
const Totals = object(figures)
export type Totals = Static<typeof Totals>

const simulationFields = {
  id: Uuid,
  payerId: Uuid,
  payeeId: Uuid,
  period: PeriodText,
  jobId: Uuid,
  state: oneOf(jobStates, { description: 'the state of its job' }),
  createdAt: Instant,
}
export const Simulation = object(simulationFields, { $id: 'CommissionSimulation' })
export type Simulation = Static<typeof Simulation>
export const SimulationPage = PageOf(Simulation)
export const SimulationFilters = object(pageQuery)
export type SimulationFilters = Static<typeof SimulationFilters>

export const SimulationResult = object(
  { ...simulationFields, totals: t.Array(Totals) },
  { $id: 'CommissionSimulationResult' },
)
export type SimulationResult = Static<typeof SimulationResult>

export const DifferenceQuery = object({
  groupBy: t.Optional(oneOf(simulationGroups, { description: 'payee without it' })),
  ...pageQuery,
})
export type DifferenceQuery = Static<typeof DifferenceQuery>

const Difference = object({
  groupBy: oneOf(simulationGroups),
  groupId: { ...Uuid, description: 'the nil id stands for a skipped level' },
  name: orNull(t.String()),
  ...figures,
})
export type Difference = Static<typeof Difference>
export const DifferencePage = PageOf(Difference)
