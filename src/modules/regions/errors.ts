import { conflictAt, invalidField } from '../../platform/errors.ts'

export const codeTaken = () => conflictAt('/code', 'region.code_taken', 'this code names another region')

export const unknownTimeZone = () =>
  invalidField('/timeZone', 'time_zone.unknown', 'must be a name of the IANA time zone database')

export const impossibleMove = () => conflictAt('/path/id', 'state.forbidden', 'the region is in that state already')

export const watermarkFalls = () =>
  conflictAt('/completeUntil', 'region.watermark_falls', 'a region that said it was complete cannot take it back')

export const watermarkAhead = (pointer: string) =>
  invalidField(pointer, 'region.watermark_ahead', 'must not be more than a day in the future')

export const meterOverlaps = () =>
  conflictAt('/validFrom', 'region.meter_overlaps', 'the meter is mapped on some of these days already')

export const factorNotPositive = () => invalidField('/factor', 'meter.factor_not_positive', 'must be above zero')

export const emptyRange = () => invalidField('/validTo', 'range.empty', 'must be after the first day')

export const semanticsInUse = () =>
  conflictAt('/recordSemantics', 'region.semantics_in_use', 'the region has sent records that mean something else')
