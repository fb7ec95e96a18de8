import { Elysia } from 'elysia'
import { refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { changeCodes, getCodes, getTrialBalance, listJournal } from './books.ts'
import * as model from './model.ts'
import { listOpenItems, listStatements } from './statement.ts'

/** The own book, and who owes whom. */
export const ledgerRoutes = (mount: Mount) =>
  new Elysia({ name: 'ledger-routes', prefix: '/ledger', tags: ['billing'] })
    .use(mount.auth)
    .get('/trial-balance', ({ actor, query, request }) => getTrialBalance(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.TrialBalanceQuery,
      response: { ...refused, 200: model.TrialBalance },
      detail: { operationId: 'getTrialBalance', summary: "Your own book's accounts by currency: they add up to zero" },
    })
    .get('/journal', ({ actor, query, request }) => listJournal(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.JournalFilters,
      response: { ...refused, 200: model.JournalPage },
      detail: { operationId: 'listJournal', summary: 'The entries of your own book, oldest first' },
    })
    .get('/accounts', ({ actor, request }) => getCodes(mount.ctx(actor, request)), {
      can: 'billing:read',
      response: { ...refused, 200: model.AccountCodes },
      detail: { operationId: 'listAccountCodes', summary: 'The account codes of your accounting' },
    })
    .put('/accounts', ({ actor, body, request }) => changeCodes(mount.ctx(actor, request), body), {
      can: 'payments:write',
      body: model.AccountCodesChange,
      response: { ...refused, 200: model.AccountCodes },
      detail: { operationId: 'changeAccountCodes', summary: 'Set the account codes of your accounting, for exports' },
    })
    .get('/statements', ({ actor, query, request }) => listStatements(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.StatementFilters,
      response: { ...refused, 200: model.StatementPage },
      detail: { operationId: 'listAccountStatements', summary: 'What is open by age, per seller, buyer and currency' },
    })
    .get('/open-items', ({ actor, query, request }) => listOpenItems(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.StatementFilters,
      response: { ...refused, 200: model.OpenItemPage },
      detail: { operationId: 'listOpenItems', summary: 'The invoices of which something is due' },
    })
