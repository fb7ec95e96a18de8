import { actingFor, conflictAt, conflictsOf, DomainError, type Pointer } from '../../platform/errors.ts'

/** The permission says may; the commercial model says that there is nothing to sell. */
export const notASeller = (pointer: Pointer = actingFor) =>
  conflictAt(pointer, 'billing.not_a_seller', 'this organization does not sell on its own account')

export const notAnAgent = () =>
  conflictAt('/query/side', 'pricing.not_an_agent', 'this organization is an agent of nobody')

export const platformOnly = () =>
  new DomainError('forbidden', 'pricing.platform_only', 'only the platform keeps the catalog of SKUs')

export const notYourList = () =>
  new DomainError('forbidden', 'pricing.not_your_list', 'only its seller may change a price list')

export const skuCodeTaken = () => conflictAt('/code', 'sku.code_taken', 'this code names another SKU')

/** The same code, or the same SKU at the same scope, has a price on some of these days already. */
export const priceOverlap = (pointers: readonly Pointer[]) =>
  conflictsOf(
    'pricing.overlap',
    'another active price list covers some of these days',
    pointers
      .slice(0, 20)
      .map((pointer) => ({ pointer, code: 'pricing.overlap', message: 'another active price list covers these days' })),
  )

/** What priced usage never changes; a new version is the way. */
export const listFrozen = (pointer: Pointer = '/path/id') =>
  conflictAt(pointer, 'pricing.list_frozen', 'this price list has priced usage: make a new version of it')

/** A derived list changes with its base, or gives way to a version of its own. */
export const listDerived = (pointer: Pointer = '/path/id') =>
  conflictAt(pointer, 'pricing.list_derived', 'this price list takes its rates from its base: make a new version of it')

export const listNotDraft = () =>
  conflictAt('/path/id', 'pricing.list_not_draft', 'this price list is not a draft any more')

export const listNotActive = () =>
  conflictAt('/path/id', 'pricing.list_not_active', 'this price list is a draft: delete it instead')

export const skuOnList = (pointer: Pointer) =>
  conflictAt(pointer, 'pricing.sku_on_list', 'this price list has a rate for the SKU')
