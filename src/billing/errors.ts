/** An expected failure of a money rule: `code` for machines, `at` the JSON pointer inside the rule's input. */
export class BillingError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly at = '',
  ) {
    super(message)
    this.name = 'BillingError'
  }
}

/** States what must be true here. A failure is a bug in our code, not in the input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`)
}
