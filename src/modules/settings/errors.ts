import { conflictAt } from '../../platform/errors.ts'

const overlap = (code: string, message: string) => conflictAt('/validFrom', code, message)

/** One rate per country, class, name and day. */
export const taxRateOverlap = () => overlap('tax_rate.overlap', 'another rate of this name covers some of these days')

/** One exemption per buyer and day. */
export const exemptionOverlap = () => overlap('tax_exemption.overlap', 'another exemption covers some of these days')
