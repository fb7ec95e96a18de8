import { Elysia } from 'elysia'
import { changeRefused, IdPath, object, Problem, refused, t, Uuid } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as model from './model.ts'
import * as settings from './service.ts'

const OrganizationPath = object({ organizationId: Uuid })

/** Who organizations are for the tax office, and where a seller charges tax. */
export const taxIdentityRoutes = (mount: Mount) =>
  new Elysia({ name: 'tax-identity-routes', prefix: '/settings/tax', tags: ['settings'] })
    .use(mount.auth)
    .get(
      '/identities/:organizationId',
      ({ actor, params, request }) => settings.getIdentity(mount.ctx(actor, request), params.organizationId),
      {
        can: 'billing:read',
        params: OrganizationPath,
        response: { 200: model.TaxIdentity, ...refused, 404: Problem },
        detail: { operationId: 'getTaxIdentity', summary: 'Read the tax identity of an organization of your branch' },
      },
    )
    .put(
      '/identities/:organizationId',
      ({ actor, body, params, request }) =>
        settings.putIdentity(mount.ctx(actor, request), params.organizationId, body),
      {
        can: 'settings:write',
        params: OrganizationPath,
        body: model.NewTaxIdentity,
        response: { 200: model.TaxIdentity, ...refused, 404: Problem },
        detail: { operationId: 'putTaxIdentity', summary: 'Set legal name, address, country and tax ids' },
      },
    )
    .get('/profile', ({ actor, request }) => settings.getProfile(mount.ctx(actor, request)), {
      can: 'billing:read',
      response: { 200: model.TaxProfile, ...refused, 404: Problem },
      detail: { operationId: 'getTaxProfile', summary: 'Where you charge tax; 404 while you charge none' },
    })
    .put('/profile', ({ actor, body, request }) => settings.putProfile(mount.ctx(actor, request), body), {
      can: 'settings:write',
      body: model.NewTaxProfile,
      response: { 200: model.TaxProfile, ...refused, 409: Problem },
      detail: { operationId: 'putTaxProfile', summary: 'Charge tax on drafts from now on' },
    })

/** What a seller charges on what. */
export const taxRoutes = (mount: Mount) =>
  new Elysia({ name: 'tax-routes', prefix: '/settings/tax', tags: ['settings'] })
    .use(mount.auth)
    .post(
      '/rates',
      async ({ actor, body, request, status }) =>
        status(201, await settings.createRate(mount.ctxOnce(actor, request, body), body)),
      {
        can: 'settings:write',
        once: true,
        body: model.NewTaxRate,
        response: { 201: model.TaxRate, ...refused, 409: Problem },
        detail: { operationId: 'createTaxRate', summary: 'Add a tax rate from a day on' },
      },
    )
    .get('/rates', ({ actor, query, request }) => settings.listRates(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.TaxRateFilters,
      response: { 200: model.TaxRatePage, ...refused },
      detail: { operationId: 'listTaxRates', summary: 'Your tax rates, newest first' },
    })
    .post(
      '/rates/:id/end',
      ({ actor, body, params, request }) =>
        settings.endRate(mount.ctxOnce(actor, request, body), params.id, body.validTo),
      {
        can: 'settings:write',
        once: true,
        params: IdPath,
        body: model.ValidityEnd,
        response: { 200: model.TaxRate, ...changeRefused },
        detail: { operationId: 'endTaxRate', summary: 'End a tax rate' },
      },
    )
    .put('/skus', ({ actor, body, request }) => settings.putSkus(mount.ctx(actor, request), body), {
      can: 'settings:write',
      body: model.NewTaxSkus,
      response: { 200: object({ data: t.Array(model.TaxSku) }), ...refused, 409: Problem },
      detail: { operationId: 'putTaxSkus', summary: 'Assign SKUs to classes of tax' },
    })
    .get('/skus', ({ actor, query, request }) => settings.listSkus(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.TaxSkuFilters,
      response: { 200: model.TaxSkuPage, ...refused },
      detail: { operationId: 'listTaxSkus', summary: 'The SKUs that are not of the standard class' },
    })

/** Whom a seller does not charge, with its proof. */
export const taxExemptionRoutes = (mount: Mount) =>
  new Elysia({ name: 'tax-exemption-routes', prefix: '/settings/tax', tags: ['settings'] })
    .use(mount.auth)
    .post(
      '/exemptions',
      async ({ actor, body, request, status }) =>
        status(201, await settings.createExemption(mount.ctxOnce(actor, request, body), body)),
      {
        can: 'settings:write',
        once: true,
        body: model.NewTaxExemption,
        response: { 201: model.TaxExemption, ...refused, 409: Problem },
        detail: { operationId: 'createTaxExemption', summary: 'Exempt a buyer from tax, with its proof' },
      },
    )
    .post(
      '/exemptions/:id/end',
      ({ actor, body, params, request }) =>
        settings.endExemption(mount.ctxOnce(actor, request, body), params.id, body.validTo),
      {
        can: 'settings:write',
        once: true,
        params: IdPath,
        body: model.ValidityEnd,
        response: { 200: model.TaxExemption, ...changeRefused },
        detail: { operationId: 'endTaxExemption', summary: 'End the exemption of a buyer on a day' },
      },
    )
    .get('/exemptions', ({ actor, query, request }) => settings.listExemptions(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.TaxExemptionFilters,
      response: { 200: model.TaxExemptionPage, ...refused },
      detail: { operationId: 'listTaxExemptions', summary: 'List the buyers whom you exempt from tax' },
    })
