import { Elysia } from 'elysia'
import { Problem } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as model from './model.ts'
import * as settings from './service.ts'

const refused = { 401: Problem, 403: Problem, 422: Problem } as const

/** How the platform counts usage. */
export const usageSettingRoutes = (mount: Mount) =>
  new Elysia({ name: 'usage-setting-routes', prefix: '/settings/usage', tags: ['settings'] })
    .use(mount.auth)
    .get('', ({ actor, request }) => settings.getUsageSettings(mount.ctx(actor, request)), {
      can: 'usage:read',
      response: { 200: model.UsageSettings, ...refused },
      detail: { operationId: 'getUsageSettings', summary: 'How usage is counted' },
    })
    .put('', ({ actor, body, request }) => settings.putUsageSettings(mount.ctx(actor, request), body), {
      can: 'regions:write',
      body: model.NewUsageSettings,
      response: { 200: model.UsageSettings, ...refused },
      detail: { operationId: 'putUsageSettings', summary: 'Say how usage is counted from now on' },
    })
