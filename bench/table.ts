import { type Finding, figure, type Mark } from './claim.ts'

const markText = (mark: Mark | null): string => (mark === null ? '' : `${mark.text} ${mark.isMet ? 'met' : 'MISSED'}`)

const cellsOf = (finding: Finding): string[] => [
  finding.benchmark,
  finding.what,
  `${figure(finding.value)} ${finding.unit}`,
  markText(finding.floor),
  markText(finding.goal),
  finding.yardstick ? `${finding.yardstick.text} (${finding.yardstick.what})` : '',
  finding.ratio === null ? '' : finding.ratio.toFixed(2),
]

const heads = ['benchmark', 'what', 'measured', 'floor', 'goal', 'yardstick', 'ratio']

/** All findings side by side. The ratio is the speed as a share of the yardstick's. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = [heads, ...findings.map(cellsOf)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  const [head = '', ...body] = rows.map(line)
  return [head, `  ${widths.map((width) => '-'.repeat(width)).join('  ')}`, ...body].join('\n')
}

/** True when no finding misses its floor. */
export const areFloorsMet = (findings: readonly Finding[]): boolean =>
  findings.every(({ floor }) => floor === null || floor.isMet)
