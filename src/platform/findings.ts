import type { Fault } from './errors.ts'
import type { TSchema } from './schema.ts'

/** What a validation finds; of a union of forms it has the findings of each form. */
export type Finding = {
  readonly path: string
  readonly message: string
  readonly schema?: TSchema
  readonly value?: unknown
  readonly errors?: readonly Iterable<Finding>[]
}

/** Findings as faults: where and what, never the value. One per place. */
export function faultsOf(findings: readonly Finding[]): Fault[] {
  const byPointer = new Map<string, Fault>()
  for (const fault of findings.flatMap(faultsIn)) {
    if (!byPointer.has(fault.pointer)) byPointer.set(fault.pointer, fault)
  }
  return [...byPointer.values()].slice(0, 20)
}

/** A union finds only that no form of it fits: what helps is what is wrong with the form that was meant. */
function faultsIn(finding: Finding): Fault[] {
  const { path: pointer, message, schema, errors = [] } = finding
  const own = { pointer, code: codeOf(message), message }
  const forms = formsOf(schema)
  if (forms.length === 0) return [own]
  const words = forms.map(wordOf)
  if (words.every((word) => word !== undefined)) return [wrongWord(pointer, words)]
  const meant = meantForm(finding, forms)
  if (typeof meant === 'object') return [meant]
  const faults = meant === undefined ? [] : [...(errors[meant] ?? [])].flatMap(faultsIn)
  return faults.length === 0 ? [own] : faults
}

const formsOf = (schema: TSchema | undefined): readonly TSchema[] => {
  const forms: unknown = schema?.['anyOf']
  return Array.isArray(forms) ? (forms as TSchema[]) : []
}

const wordOf = (form: TSchema | undefined): string | undefined => {
  const word: unknown = form?.['const']
  return typeof word === 'string' ? word : undefined
}

const propertiesOf = (form: TSchema | undefined): Readonly<Record<string, TSchema>> =>
  (form?.['properties'] ?? {}) as Record<string, TSchema>

/** Which form was meant: the only one beside null, or the one whose word the value has in the field that tells them apart. */
function meantForm({ path, value }: Finding, forms: readonly TSchema[]): number | Fault | undefined {
  const filled = forms.filter((form) => form['type'] !== 'null')
  if (filled.length === 1) return forms.findIndex((form) => form === filled[0])
  const field = Object.keys(propertiesOf(forms[0])).find((name) =>
    forms.every((form) => wordOf(propertiesOf(form)[name]) !== undefined),
  )
  if (field === undefined || typeof value !== 'object' || value === null) return undefined
  const words = forms.map((form) => wordOf(propertiesOf(form)[field]) ?? '')
  const said: unknown = (value as Record<string, unknown>)[field]
  const meant = words.findIndex((word) => word === said)
  return meant < 0 ? wrongWord(`${path}/${field}`, words) : meant
}

const wrongWord = (pointer: string, words: readonly string[]): Fault => ({
  pointer,
  code: 'field.invalid',
  message: `must be one of ${words.join(', ')}`,
})

const codeOf = (message: string): string => {
  if (message.startsWith('Unexpected property')) return 'field.unknown'
  if (message.startsWith('Expected required property')) return 'field.required'
  return 'field.invalid'
}
