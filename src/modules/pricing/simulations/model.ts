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
import { simulationGroups } from './queries.ts'

export const NewSimulation = object({
  period: PeriodText,
  priceListId: {
    ...Uuid,
    description:
      'a list of your own, a draft as a rule: tried out for the whole period, on usage, minimums and charges. What is given back ' +
      'of charges of other bills stays as it was paid',
  },
})
export type NewSimulation = Static<typeof NewSimulation>

export const SimulationAccepted = object({ jobId: Uuid, simulationId: Uuid })
export type SimulationAccepted = Static<typeof SimulationAccepted>

const simulationFields = {
  id: Uuid,
  sellerId: Uuid,
  period: PeriodText,
  priceListId: Uuid,
  jobId: Uuid,
  state: oneOf(jobStates, { description: 'the state of its job' }),
  createdAt: Instant,
}
export const Simulation = object(simulationFields, { $id: 'PriceSimulation' })
export type Simulation = Static<typeof Simulation>
export const SimulationPage = PageOf(Simulation)
export const SimulationFilters = object(pageQuery)
export type SimulationFilters = Static<typeof SimulationFilters>

const figures = {
  currency: CurrencyCode,
  lines: t.Integer(),
  before: t.Union([ExactDecimal], { description: 'with the prices as they are, rounded line by line' }),
  after: t.Union([ExactDecimal], { description: 'with the list that is tried out, rounded line by line' }),
  difference: ExactDecimal,
  parkedBefore: t.Integer({ description: 'lines without a price as it is: in no amount' }),
  parkedAfter: t.Integer({ description: 'lines that would have no price: in no amount' }),
}
const Totals = object(figures)
export type Totals = Static<typeof Totals>

export const SimulationResult = object(
  { ...simulationFields, totals: t.Array(Totals) },
  { $id: 'PriceSimulationResult' },
)
export type SimulationResult = Static<typeof SimulationResult>

export const DifferenceQuery = object({
  groupBy: t.Optional(oneOf(simulationGroups, { description: 'tenant without it' })),
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
