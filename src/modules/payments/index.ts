import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { NewPayment, Payment, PaymentFilters, PaymentPage, Reason } from './model.ts'
import { recordPayment } from './record.ts'
import { reversePayment } from './reverse.ts'
import * as payments from './service.ts'

/** Money that buyers sent. */
export const paymentRoutes = (mount: Mount) =>
  new Elysia({ name: 'payment-routes', prefix: '/payments', tags: ['billing'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => payments.listPayments(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: PaymentFilters,
      response: { ...refused, 200: PaymentPage },
      detail: { operationId: 'listPayments', summary: 'Payments on your edges, newest first' },
    })
    .get('/:id', ({ actor, params, request }) => payments.getPayment(mount.ctx(actor, request), params.id), {
      can: 'billing:read',
      params: IdPath,
      response: { ...refused, 200: Payment, 404: Problem },
      detail: { operationId: 'getPayment', summary: 'Read one payment' },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const payment = await recordPayment(mount.ctxOnce(actor, request, body), body)
        set.headers['location'] = `/api/v1/payments/${payment.id}`
        return status(201, payment)
      },
      {
        can: 'payments:write',
        once: true,
        body: NewPayment,
        response: { ...refused, 201: Payment, 409: Problem },
        detail: {
          operationId: 'recordPayment',
          summary: 'Record money received for invoices; what is more than due becomes credit of the buyer',
        },
      },
    )
    .post(
      '/:id/reverse',
      async ({ actor, body, params, request, set, status }) => {
        const payment = await reversePayment(mount.ctxOnce(actor, request, body), params.id, body)
        set.headers['location'] = `/api/v1/payments/${payment.id}`
        return status(201, payment)
      },
      {
        can: 'payments:write',
        once: true,
        params: IdPath,
        body: Reason,
        response: { ...refused, 201: Payment, 404: Problem, 409: Problem },
        detail: { operationId: 'reversePayment', summary: 'Take a payment back: its invoices are due again' },
      },
    )
