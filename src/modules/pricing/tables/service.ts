import { rateRows, readRateRows } from '../../../billing/rate-rows.ts'
import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import { csvResponse, csvText } from '../../../platform/csv.ts'
import type { Tx } from '../../../platform/db.ts'
import { type Fault, invalidField, invalidFields, invariant } from '../../../platform/errors.ts'
import { comparisonOf, lockSource, makeDraft, type NamedRate } from '../copies/service.ts'
import { listDerived } from '../errors.ts'
import { noteList } from '../price-lists/changes.ts'
import type { ListedRate, PriceList } from '../price-lists/model.ts'
import { deleteRates, insertRates, listRates } from '../price-lists/queries-rates.ts'
import * as queries from '../price-lists/queries.ts'
import { scopeFaults } from '../price-lists/scopes.ts'
import { getPriceList, readPriceList } from '../price-lists/service.ts'
import { listNamedSkus } from '../skus/queries.ts'
import type { ImportedList, ImportQuery } from './model.ts'
import { type RateTable, readRateTable, tableColumns, type TableEntry } from './read.ts'

/** The rates of a list in the actor's sight as CSV: a row for each SKU, of a tiered rate one for each tier. @throws notFound */
export async function exportRates(ctx: Ctx, id: string): Promise<Response> {
  const { value } = await getPriceList(ctx, id)
  return csvResponse(csvText([...tableColumns], value.rates.flatMap(tableRows)), `price-list-${id}.csv`)
}

const tableRows = ({ sku, rate }: ListedRate) =>
  rateRows(rate).map((row) => tableColumns.map((column) => (column === 'sku' ? sku : (row[column] ?? null))))

/**
 * Makes the rates of an own list those of a file: of the list itself while it is a draft, else of a new draft. All or
 * nothing: a faulty cell refuses the file. A preview tells every difference and fault, and changes nothing.
 * @throws notASeller, notFound, notYourList, listDerived, DomainError 400, 422 with a pointer per cell
 */
export async function importRates(ctx: Ctx, id: string, query: ImportQuery, bytes: Uint8Array): Promise<ImportedList> {
  const table = await readRateTable(bytes)
  const isPreview = query.preview === 'true'
  const work = async (tx: Tx): Promise<ImportedList> => {
    const source = await lockSource(ctx, tx, id)
    assertTarget(source, query)
    const { rates, faults } = await checkedTable(ctx, tx, source, table)
    if (!isPreview && faults.length > 0) throw invalidFields(faults)
    const told = differenceOf(await listRates(tx, id), rates)
    const priceList = isPreview ? null : await store(ctx, tx, source, query, rates)
    return { ...told, priceList, faults: faults.slice(0, shownFaults) }
  }
  return isPreview ? inTx(ctx, work) : inTxOnce(ctx, work)
}

const shownFaults = 200

function assertTarget(source: queries.ListRow, { validFrom }: ImportQuery): void {
  if (validFrom !== undefined) return
  if (source.derivationId !== null) throw listDerived()
  if (source.state === 'draft') return
  throw invalidField('/query/validFrom', 'field.required', 'is required: only a draft is filled itself')
}

type TableRate = NamedRate & { readonly line: number }

/** As `resolveRates`, with what is wrong for the list that the rates are to stand on. */
async function checkedTable(ctx: Ctx, tx: Tx, { kind }: queries.ListRow, table: RateTable) {
  const { rates, faults } = await resolveRates(tx, table)
  const placed = rates.map((one) => ({ ...one, at: `/${one.line}/tierScope` }))
  const misplaced = await scopeFaults(tx, ctx.actor, kind, placed)
  return { rates, faults: [...faults, ...misplaced].toSorted((a, b) => lineOf(a) - lineOf(b)) }
}

/** In the order of the file; SKUs that are not known or named before, and rates that can't be, are faults. */
async function resolveRates(tx: Tx, { entries, faults: found }: RateTable) {
  const codes = entries.map(({ sku }) => sku)
  const skus = new Map((await listNamedSkus(tx, [], codes)).map((sku) => [sku.code, sku.id]))
  const seen = new Set<string>()
  const faults: Fault[] = [...found]
  const rates = entries.flatMap((entry): TableRate[] => {
    const { sku, rows, lines } = entry
    const skuId = skus.get(sku)
    const fault = skuFault(entry, skuId, seen)
    if (fault) faults.push(fault)
    seen.add(sku)
    const read = readRateRows(rows)
    if ('faults' in read) {
      const at = read.faults.map(({ row, column, code, message }) => ({
        pointer: `/${lines[row]}/${column}`,
        code,
        message,
      }))
      faults.push(...at)
      return []
    }
    return skuId === undefined || fault ? [] : [{ skuId, sku, rate: read.rate, line: lines[0] ?? 1 }]
  })
  return { rates, faults: faults.toSorted((a, b) => lineOf(a) - lineOf(b)) }
}

const lineOf = ({ pointer }: Fault): number => Number(pointer.split('/')[1] ?? 0)

function skuFault({ sku, lines }: TableEntry, skuId: string | undefined, seen: ReadonlySet<string>): Fault | undefined {
  const pointer = `/${lines[0]}/sku`
  if (skuId === undefined) return { pointer, code: 'reference.unknown', message: 'names something that does not exist' }
  return seen.has(sku) ? { pointer, code: 'sku.twice', message: 'is named twice' } : undefined
}

function differenceOf(before: readonly ListedRate[], after: readonly TableRate[]) {
  const line = new Map(after.map((rate) => [rate.skuId, rate.line]))
  const withLine = <T extends { readonly skuId: string }>(one: T): T & { line: number } => {
    const at = line.get(one.skuId)
    invariant(at !== undefined, 'what is new or different stands in the file')
    return { line: at, ...one }
  }
  const { added, changed, removed, unchanged } = comparisonOf(before, after)
  return { added: added.map(withLine), changed: changed.map(withLine), removed, unchanged }
}

async function store(
  ctx: Ctx,
  tx: Tx,
  source: queries.ListRow,
  { preview: _, validFrom, ...copy }: ImportQuery,
  rates: readonly NamedRate[],
): Promise<PriceList> {
  if (validFrom !== undefined) return (await makeDraft(ctx, tx, source, { ...copy, validFrom }, rates)).value
  await deleteRates(tx, source.id)
  await insertRates(tx, source.id, rates)
  await queries.touchList(tx, source.id)
  await noteList(ctx, tx, 'price_list.imported', source.id)
  return (await readPriceList(tx, ctx.actor, source.id)).value
}
