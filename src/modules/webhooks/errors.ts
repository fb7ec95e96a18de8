import { DomainError, invalidField } from '../../platform/errors.ts'

export const tooManyWebhooks = (most: number) =>
  new DomainError('conflict', 'webhook.too_many', `an organization may have ${most} webhooks`)

export const deliveryPending = () =>
  new DomainError('conflict', 'webhook.delivery_pending', 'the delivery is still being attempted')

export const webhookDisabled = () =>
  new DomainError('conflict', 'webhook.disabled', 'the webhook is disabled: switch it on before a replay')

export const nothingToChange = () => invalidField('', 'body.empty', 'name at least one field to change')
