/** What a test run came to. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

const attribute = (tag: string, name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0)

const unescape = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

/** Reads a JUnit report of `bun test`: the counts, and the files that it speaks of. */
export function readJunit(report: string): { counts: Counts; files: ReadonlySet<string> } {
  const total = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? ''
  const [tests, failed, skipped] = [
    attribute(total, 'tests'),
    attribute(total, 'failures'),
    attribute(total, 'skipped'),
  ]
  const files = [...report.matchAll(/<testsuite\b[^>]*\bfile="([^"]*)"/g)].map((match) => unescape(match[1] ?? ''))
  return { counts: { passed: tests - failed - skipped, failed, skipped }, files: new Set(files) }
}

/** The one line that scripts read: `12 passed, 0 failed`, with `, 3 skipped` when there are any. */
export const countsLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
