import { conflictAt, invalidField } from '../../platform/errors.ts'

export const nothingLeft = () =>
  conflictAt('/path/id', 'credit.nothing_left', 'nothing is left of this credit: it is used, expired or voided')

export const otherCurrency = () =>
  invalidField('/currency', 'credit.other_currency', 'this buyer is not billed in this currency')

export const over = () => invalidField('/validTo', 'credit.over', 'the last day of this credit has passed')
