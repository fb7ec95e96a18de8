import { actingFor, conflictAt, invalidField } from '../../platform/errors.ts'

export const tooManyWebhooks = (most: number) =>
  conflictAt(actingFor, 'webhook.too_many', `an organization may have ${most} webhooks`)

export const deliveryPending = () =>
  conflictAt('/path/id', 'webhook.delivery_pending', 'the delivery is still being attempted')

export const webhookDisabled = () =>
  conflictAt('/path/id', 'webhook.disabled', 'the webhook is disabled: switch it on before a replay')

export const nothingToChange = () => invalidField('', 'body.empty', 'name at least one field to change')
