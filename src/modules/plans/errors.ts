import { conflictAt, DomainError, type Fault, invalidField, invalidFields } from '../../platform/errors.ts'

export const planCodeTaken = () => conflictAt('/code', 'plan.code_taken', 'this code names another plan')

export const notYourPlan = () => new DomainError('forbidden', 'plan.not_yours', 'only its owner may change a plan')

export const draftExists = () =>
  conflictAt('/path/id', 'plan.draft_exists', 'the plan has a draft already: change or publish it')

export const noDraft = () => conflictAt('/path/id', 'plan.no_draft', 'the plan has no draft')

export const versionFixed = () => conflictAt('/path/number', 'plan.version_fixed', 'a published version never changes')

export const versionNotPublished = () =>
  conflictAt('/path/number', 'plan.version_not_published', 'only a published version can be retired')

export const planEmpty = () => invalidField('/items', 'plan.empty', 'a plan is published with at least one SKU')

/** Items without a price in the owner's lists. */
export const priceMissing = (pointers: readonly string[]) =>
  invalidFields(
    pointers.map((pointer): Fault => ({
      pointer,
      code: 'plan.price_missing',
      message: 'none of your price lists has a price for it today',
    })),
  )

/** Charges for which there is a price whose tiers count over all of a buyer. */
export const pricePerBuyer = (pointers: readonly string[]) =>
  invalidFields(
    pointers.map((pointer): Fault => ({
      pointer,
      code: 'plan.price_per_buyer',
      message: 'a price of yours or of your seller counts its tiers over all of a buyer, and this is a charge',
    })),
  )
