import { oneOf, t } from '../platform/schema.ts'

/** How a caller stands to an edge: buys on it, sells on it, or earns as the agent between. */
export const sides = ['buy', 'sell', 'agency'] as const

/** Chooses documents and money by how the caller stands to their edges. */
export const SideFilter = t.Optional(oneOf(sides, { description: 'how you stand to the edge; default: any' }))
