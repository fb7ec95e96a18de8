import { type CsvCell, csvText } from './csv.ts'

/** Some rows of a table, and behind which position the next ones are; no position: these were the last. */
export type CsvPage = { readonly rows: readonly (readonly CsvCell[])[]; readonly after: string | undefined }

/**
 * The answer of a download of any size: pages are read one by one as the receiver takes them, so that memory is bounded. The
 * first page is read before anything is answered: what refuses, refuses with a problem. A later failure breaks the download.
 */
export async function csvDownload(
  fileName: string,
  head: readonly string[],
  read: (after: string | undefined) => Promise<CsvPage>,
): Promise<Response> {
  const encoder = new TextEncoder()
  const first = await read(undefined)
  let next: string | undefined = first.after
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(csvText(head, first.rows))),
    pull: async (controller) => {
      if (next === undefined) return controller.close()
      const page = await read(next)
      next = page.after
      controller.enqueue(encoder.encode(csvText([], page.rows).slice(2)))
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${fileName}"`,
    },
  })
}
