import { describe, expect, test } from 'bun:test'
import { edgesOf, sellerOfRecord, type Chain, type CommercialModel } from '../../src/billing/chain.ts'
import { chainShapes, type Shape } from '../support/chains.ts'

const chain = ([distributor, partner]: Shape): Chain => ({
  platformId: 'O',
  distributor: distributor && { id: 'D', model: distributor },
  partner: partner && { id: 'P', model: partner },
  tenantId: 'T',
})

/** An edge as `seller>buyer`, its agents, and who sees it. */
const shown = (shape: Shape) =>
  edgesOf(chain(shape)).map(({ seller, buyer, agents, sees }) => [
    `${seller.id}>${buyer.id}`,
    agents.map(({ id }) => id).join('+'),
    [sees.platform, sees.distributor, sees.partner, sees.tenant].map((id) => id ?? '-').join(''),
  ])

const table: [CommercialModel | null, CommercialModel | null, string[][]][] = [
  [null, null, [['O>T', '', 'O--T']]],
  ['agent', null, [['O>T', 'D', 'OD-T']]],
  [
    'reseller',
    null,
    [
      ['O>D', '', 'OD--'],
      ['D>T', '', 'OD-T'],
    ],
  ],
  [null, 'agent', [['O>T', 'P', 'O-PT']]],
  [
    null,
    'reseller',
    [
      ['O>P', '', 'O-P-'],
      ['P>T', '', 'O-PT'],
    ],
  ],
  ['agent', 'agent', [['O>T', 'D+P', 'ODPT']]],
  [
    'agent',
    'reseller',
    [
      ['O>P', 'D', 'ODP-'],
      ['P>T', '', 'O-PT'],
    ],
  ],
  [
    'reseller',
    'agent',
    [
      ['O>D', '', 'OD--'],
      ['D>T', 'P', 'ODPT'],
    ],
  ],
  [
    'reseller',
    'reseller',
    [
      ['O>D', '', 'OD--'],
      ['D>P', '', 'ODP-'],
      ['P>T', '', 'O-PT'],
    ],
  ],
]

describe('the nine chains of the domain', () => {
  test.each(table)('distributor %p, partner %p', (distributor, partner, expected) => {
    expect(shown([distributor, partner])).toEqual(expected)
  })

  test('these are all there are', () => {
    expect(table.map(([distributor, partner]) => [distributor, partner])).toEqual(
      chainShapes.map((shape) => [...shape]),
    )
  })

  test.each(chainShapes.map((shape) => [shape] as const))(
    '%p: edges join from platform to tenant, and each agent earns on exactly one',
    (shape) => {
      const edges = edgesOf(chain(shape))
      expect(edges.at(0)?.seller.level).toBe('platform')
      expect(edges.at(-1)?.buyer.level).toBe('tenant')
      expect(edges.slice(1).map(({ seller }) => seller)).toEqual(edges.slice(0, -1).map(({ buyer }) => buyer))
      const agents = shape.filter((model) => model === 'agent').length
      expect(edges.flatMap(({ agents }) => agents)).toHaveLength(agents)
      for (const { buyer, seller } of edges)
        expect(sellerOfRecord(chain(shape), buyer.level as 'tenant')).toEqual(seller)
    },
  )

  test.each(chainShapes.map((shape) => [shape] as const))(
    '%p: of a confidential contract the platform sees no sale, and all else as before',
    ([distributor, partner]) => {
      const open = edgesOf(chain([distributor, partner]))
      const { distributor: above, partner: below, ...ends } = chain([distributor, partner])
      const closed = edgesOf({
        ...ends,
        distributor: above && { ...above, isConfidential: true },
        partner: below && { ...below, isConfidential: true },
      })
      expect(closed).toEqual(
        open.map((edge) => ({
          ...edge,
          sees: { ...edge.sees, platform: edge.seller.level === 'platform' ? 'O' : null },
        })),
      )
    },
  )

  test('the seller of record of an agent is the nearest reseller above it', () => {
    expect(sellerOfRecord(chain(['reseller', 'agent']), 'partner').id).toBe('D')
    expect(sellerOfRecord(chain(['agent', 'agent']), 'partner').id).toBe('O')
  })
})
