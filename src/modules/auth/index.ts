import { Elysia } from 'elysia'
import { Problem, t } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { Me, Refresh, Session, SignIn } from './model.ts'
import * as auth from './service.ts'

/** Signing in, staying signed in, and who one is. */
export const authRoutes = (mount: Mount, signInCtx: auth.SignInCtx) =>
  new Elysia({ name: 'auth-routes', prefix: '/auth', tags: ['auth'] })
    .use(mount.auth)
    .post('/login', ({ body, request, server }) => auth.signIn(signInCtx, body, addressOf(server, request)), {
      open: true,
      body: SignIn,
      response: { 200: Session, 401: Problem, 422: Problem, 429: Problem },
      detail: { operationId: 'signIn', summary: 'Sign in with e-mail and password' },
    })
    .post('/refresh', ({ body }) => auth.refresh(signInCtx, body), {
      open: true,
      body: Refresh,
      response: { 200: Session, 401: Problem, 422: Problem },
      detail: { operationId: 'refreshSession', summary: 'Trade a refresh token for a new pair' },
    })
    .post(
      '/logout',
      async ({ body, status }) => {
        await auth.signOut(signInCtx, body)
        return status(204, undefined)
      },
      {
        open: true,
        body: Refresh,
        response: { 204: t.Undefined(), 422: Problem },
        detail: { operationId: 'signOut', summary: 'End a session' },
      },
    )
    .get('/me', ({ actor, request }) => auth.whoAmI(mount.ctx(actor, request)), {
      can: 'signed-in',
      response: { 200: Me, 401: Problem, 409: Problem },
      detail: { operationId: 'whoAmI', summary: 'Who you are and what you may do' },
    })

const addressOf = (server: { requestIP(request: Request): { address: string } | null } | null, request: Request) =>
  server?.requestIP(request)?.address ?? 'local'
