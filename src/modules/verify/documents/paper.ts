import { createHash, type Hash } from 'node:crypto'
import { currency, decimal, type Decimal, plainText, roundToMinor, zero } from '../../../billing/money.ts'
import { headText } from '../../invoices/canonical.ts'
import { attempt, type Findings } from '../check.ts'
import type { IssuedDocument, IssuedLine } from './queries-documents.ts'

/** One line as it is hashed: `invoices/canonical.ts` says so in words, this computes it without the issuing code. */
const lineText = (line: IssuedLine): string =>
  [
    line.line,
    line.kind,
    line.subscriptionId,
    line.skuId,
    line.servicePeriod,
    line.regionId,
    line.serviceStart,
    line.serviceEnd,
    line.quantity,
    line.quantityBefore,
    line.unrounded,
    line.net,
    line.taxCategory ?? '',
    line.priceRateId ?? '',
    ...(line.further === null ? [] : [line.further]),
  ].join('|')

const headOf = (document: IssuedDocument): string =>
  headText({ ...document, ...document.parties, currency: currency(document.currency) })

/** Reads an issued document again, line by line in their order, and says at its end what is not as it was issued. */
export function openPaper(document: IssuedDocument, broken: Findings) {
  const name = `invoice ${document.id}`
  const head = attempt(() => headOf(document))
  const body: Hash = createHash('sha256')
  if ('refusal' in head) broken.add(name, `its head can not be formed: ${head.refusal}`)
  else body.update(head.value)
  let net: Decimal = zero
  const add = (line: IssuedLine): void => {
    body.update(`\n${lineText(line)}`)
    const rounded = attempt(() => roundToMinor(decimal(line.unrounded), currency(document.currency)))
    if ('refusal' in rounded) broken.add(`line ${line.line} of ${name}`, rounded.refusal)
    else if (!rounded.value.equals(decimal(line.net))) {
      const says = `its net is ${line.net}, its unrounded amount ${line.unrounded} rounds to ${plainText(rounded.value)}`
      broken.add(`line ${line.line} of ${name}`, says)
    }
    net = net.plus(decimal(line.net))
  }
  const end = (): void => {
    const { seller, buyer }: Partial<IssuedDocument['parties']> = document.parties
    if (seller?.id !== document.sellerId || buyer?.id !== document.buyerId)
      broken.add(name, 'it names other parties than it is on')
    if (!net.equals(decimal(document.net)))
      broken.add(name, `its net is ${document.net}, its lines add up to ${plainText(net)}`)
    if ('refusal' in head) return
    const bodyHash = body.digest()
    if (bodyHash.toString('hex') !== document.bodyHash)
      broken.add(name, 'its body is not the one that was hashed when it was issued')
    const hash = createHash('sha256')
      .update(Buffer.from(document.bodyHash, 'hex'))
      .update(document.number)
      .digest('hex')
    if (hash !== document.hash) broken.add(name, 'its hash is not that of its body and number')
  }
  return { id: document.id, add, end }
}
