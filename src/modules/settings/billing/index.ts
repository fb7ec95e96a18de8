import { Elysia } from 'elysia'
import { Problem } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as model from './model.ts'
import * as settings from './service.ts'

const refused = { 401: Problem, 403: Problem, 422: Problem } as const

/** How a seller bills. */
export const billingSettingRoutes = (mount: Mount) =>
  new Elysia({ name: 'billing-setting-routes', prefix: '/settings/billing', tags: ['settings'] })
    .use(mount.auth)
    .get('', ({ actor, request }) => settings.getBillingSettings(mount.ctx(actor, request)), {
      can: 'billing:read',
      response: { 200: model.BillingSettings, ...refused },
      detail: { operationId: 'getBillingSettings', summary: 'How your organization bills' },
    })
    .put('', ({ actor, body, request }) => settings.putBillingSettings(mount.ctx(actor, request), body), {
      can: 'settings:write',
      body: model.NewBillingSettings,
      response: { 200: model.BillingSettings, ...refused, 409: Problem },
      detail: { operationId: 'putBillingSettings', summary: 'Say how you bill from now on' },
    })
