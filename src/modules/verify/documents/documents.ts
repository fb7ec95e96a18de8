import { nilId } from '../../../platform/ids.ts'
import { type Check, openFindings, type View } from '../check.ts'
import { openPaper } from './paper.ts'
import * as queries from './queries-documents.ts'

const documentsPerPage = 1_000
const linesPerPage = 5_000

/** I3: a document is the sum of its lines, a line one rated bucket, rounded once. Drafts too. */
export const checkSums: Check = {
  law: 'I3',
  name: 'documents are the sums of their lines, lines are rated buckets',
  run: async ({ tx }) => {
    const broken = openFindings()
    broken.addAll(await queries.listWrongTotals(tx))
    broken.addAll(await queries.listWrongRounding(tx))
    broken.addAll(await queries.listWrongLines(tx))
    const counts = await queries.countDocuments(tx)
    return {
      looked: [
        [counts?.documents ?? 0, 'documents'],
        [counts?.lines ?? 0, 'lines'],
      ],
      broken: broken.found(),
      pending: openFindings().found(),
    }
  },
}

/** I10 and I3: an issued document still says what was hashed, and its lines round to what they say, computed anew. */
export const checkHashes: Check = {
  law: 'I3 I10',
  name: 'issued documents round and hash to what they say',
  run: async (view) => {
    const broken = openFindings()
    const counts = await queries.countDocuments(view.tx)
    const [documents, lines] = [counts?.issued ?? 0, counts?.issuedLines ?? 0]
    let read = 0
    for (let after: string | undefined = nilId; after !== undefined;) {
      const page: readonly queries.IssuedDocument[] = await queries.listIssued(view.tx, after, documentsPerPage)
      read = await readPapers(view, page, broken, { read, lines })
      after = page.length < documentsPerPage ? undefined : page.at(-1)?.id
    }
    return {
      looked: [
        [documents, 'documents'],
        [lines, 'lines'],
      ],
      broken: broken.found(),
      pending: openFindings().found(),
    }
  },
}

/** Reads the lines of some documents in one walk along their key; a document may have any number of them. */
async function readPapers(
  { tx, progress }: View,
  documents: readonly queries.IssuedDocument[],
  broken: ReturnType<typeof openFindings>,
  { read, lines }: { read: number; lines: number },
): Promise<number> {
  const [first, last] = [documents[0], documents.at(-1)]
  if (!first || !last) return read
  const papers = new Map(documents.map((document) => [document.id, openPaper(document, broken)]))
  let done = read
  let after: queries.LinePlace | undefined = { invoiceId: first.id, line: 0 }
  while (after) {
    const page: readonly queries.IssuedLine[] = await queries.listLines(tx, after, last.id, linesPerPage)
    for (const line of page) {
      const paper = papers.get(line.invoiceId)
      if (!paper) continue
      paper.add(line)
      done += 1
    }
    progress(done, lines, 'lines')
    after = page.length < linesPerPage ? undefined : page.at(-1)
  }
  for (const paper of papers.values()) paper.end()
  return done
}
