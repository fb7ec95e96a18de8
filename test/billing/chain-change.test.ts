import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { chainChange } from '../../src/billing/chain-change.ts'
import { type Chain, edgesOf } from '../../src/billing/chain.ts'
import { chainShapes, type Shape } from '../support/chains.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const chain = ([distributor, partner]: Shape, names = ['D', 'P']): Chain => ({
  platformId: 'O',
  distributor: distributor && { id: names[0] ?? '', model: distributor },
  partner: partner && { id: names[1] ?? '', model: partner },
  tenantId: 'T',
})

const shown = (before: Chain, after: Chain) => {
  const { edges, agencies } = chainChange(before, after)
  return [
    ...edges.map(({ sellerId, buyerId, change }) => `${sellerId}>${buyerId} ${change}`),
    ...agencies.map(({ payerId, payeeId, change }) => `${payeeId} from ${payerId} ${change}`),
  ]
}

describe('what a change does to a chain', () => {
  test('a tenant moves from one reseller to another', () => {
    const [before, after] = [chain([null, 'reseller'], ['', 'P1']), chain([null, 'reseller'], ['', 'P2'])]
    expect(shown(before, after)).toEqual(['O>P1 ends', 'P1>T ends', 'O>P2 begins', 'P2>T begins'])
  })

  test('an agent becomes a reseller: it earns no more and sells instead', () => {
    expect(shown(chain(['reseller', 'agent']), chain(['reseller', 'reseller']))).toEqual([
      'D>T ends',
      'D>P begins',
      'P>T begins',
      'P from D ends',
    ])
  })

  test('another agent on the same edge: the edge goes on', () => {
    expect(shown(chain(['agent', null], ['D1', '']), chain(['agent', null], ['D2', '']))).toEqual([
      'D1 from O ends',
      'D2 from O begins',
    ])
  })

  const shapes = fc.constantFrom(...chainShapes)
  const chains = fc
    .tuple(shapes, fc.constantFrom('D1', 'D2'), fc.constantFrom('P1', 'P2'))
    .map(([shape, distributor, partner]) => chain(shape, [distributor, partner]))
  const pairs = (one: Chain) => edgesOf(one).map(({ seller, buyer }) => `${seller.id}>${buyer.id}`)

  test('what goes on, less what ends, plus what begins, is the chain after', () => {
    fc.assert(
      fc.property(chains, chains, (before, after) => {
        const { edges } = chainChange(before, after)
        const of = (wanted: string) =>
          edges.filter(({ change }) => change === wanted).map(({ sellerId, buyerId }) => `${sellerId}>${buyerId}`)
        const kept = pairs(before).filter((pair) => !of('ends').includes(pair))
        expect([...kept, ...of('begins')].toSorted()).toEqual(pairs(after).toSorted())
      }),
      fuzzRuns(500),
    )
  })

  test('there and back again undoes itself, and no change changes nothing', () => {
    fc.assert(
      fc.property(chains, chains, (before, after) => {
        const turned = (one: ReturnType<typeof shown>) =>
          one.map((text) => (text.endsWith('ends') ? text.replace('ends', 'begins') : text.replace('begins', 'ends')))
        expect(turned(shown(before, after)).toSorted()).toEqual(shown(after, before).toSorted())
        expect(shown(before, before)).toEqual([])
      }),
      fuzzRuns(500),
    )
  })
})
