type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Node = { [key: string]: Json }

const isNode = (value: Json | undefined): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Makes what the generator emits a document that OpenAPI 3.1.1 and JSON Schema 2020-12 allow: named schemas become
 * components, errors are problem+json, bodies have the content types that they are read as, unions of constants become enumerations.
 */
export function normaliseOpenApi(raw: unknown, version: string): Node {
  const document = structuredClone(raw) as Node
  const schemas: Node = {}
  const paths: Node = {}
  for (const [path, item] of Object.entries(document['paths'] as Node).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (isNode(item)) paths[trimmed(path)] = mapValues(item, (operation) => normaliseOperation(operation, schemas))
  }
  return {
    ...document,
    openapi: '3.1.1',
    info: { ...(document['info'] as Node), version },
    paths,
    components: {
      ...(isNode(document['components']) ? document['components'] : {}),
      parameters: { IdempotencyKey: idempotencyKey },
      headers: { IdempotencyReplayed: idempotencyReplayed },
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  }
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

const trimmed = (path: string): string => (path.length > 1 ? path.replace(/\/$/, '') : path)

const mapValues = (node: Node, change: (value: Json, key: string) => Json): Node =>
  Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value, key)]))

function neededFor(permission: string): string {
  if (permission === 'none') return 'Needs no sign-in.'
  if (permission === 'signed-in') return 'Needs a sign-in, and no permission.'
  return `Needs the permission \`${permission}\`.`
}

function normaliseOperation(operation: Json, schemas: Node): Json {
  if (!isNode(operation)) return operation
  const { parameters, requestBody, responses, 'x-idempotency-key': takesKey, ...rest } = operation
  const permission = rest['x-permission']
  const named = [
    ...(Array.isArray(parameters) ? parameters.map((one) => normaliseParameter(one, schemas)) : []),
    ...(takesKey ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ]
  return {
    ...rest,
    description: `${textOf(rest['description'])} ${neededFor(textOf(permission))}`.trim(),
    ...(named.length > 0 ? { parameters: named } : {}),
    ...(isNode(requestBody) ? { requestBody: bodyOf(requestBody, schemas) } : {}),
    responses: mapValues((responses ?? {}) as Node, (response, status) => ({
      ...normaliseResponse(response, Number(status), schemas),
      ...(takesKey && Number(status) < 300 ? { headers: replayed } : {}),
    })),
  }
}

const idempotencyKey: Node = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Repeated with the same key and body, a request has no second effect and gets the first answer again.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
}

const idempotencyReplayed: Node = {
  description: 'Only with an Idempotency-Key: whether this answer is the repeated one of an earlier request.',
  schema: { type: 'string', enum: ['true', 'false'] },
}

const replayed: Node = { 'Idempotency-Replayed': { $ref: '#/components/headers/IdempotencyReplayed' } }

function normaliseParameter(parameter: Json, schemas: Node): Json {
  if (!isNode(parameter)) return parameter
  const { schema, examples, description, ...rest } = parameter
  return {
    ...rest,
    ...(description ? { description } : {}),
    schema: normaliseSchema(
      isNode(schema) ? { ...schema, ...(examples ? { examples } : {}) } : { type: 'string' },
      schemas,
      true,
    ),
  }
}

const phrases: Record<number, string> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted: poll the job',
  204: 'Done; there is no content',
  303: 'See there',
}

function normaliseResponse(response: Json, status: number, schemas: Node): Node {
  const node = isNode(response) ? response : {}
  const name = typeof node['$id'] === 'string' ? node['$id'] : undefined
  const description = textOf(node['description']) || phrases[status] || 'A problem (RFC 9457)'
  if (!isNode(node['content'])) return { description }
  const type =
    status >= 400
      ? 'application/problem+json'
      : isText(node['content'])
        ? textType(node['content'])
        : 'application/json'
  const { content } = oneContent(node, type, schemas, name) as { content: Node }
  return { description, content }
}

/** Beside JSON the generator names forms and plain text, which no route reads. */
function bodyOf({ content, ...rest }: Node, schemas: Node): Node {
  const named = (content ?? {}) as Node
  const isGenerated = 'multipart/form-data' in named || 'application/x-www-form-urlencoded' in named
  const read = isGenerated ? { 'application/json': named['application/json'] ?? {} } : named
  const media = mapValues(read, (one) => ({
    schema: normaliseSchema(isNode(one) ? (one['schema'] ?? {}) : {}, schemas, true),
  }))
  return { ...rest, content: media }
}

/** A bare string is a page of text. */
const isText = (content: Node): boolean =>
  Object.values(content).every(
    (media) => isNode(media) && isNode(media['schema']) && media['schema']['type'] === 'string',
  )

const textType = (content: Node): string =>
  Object.keys(content).find((type) => type.startsWith('text/')) ?? 'text/plain'

function oneContent(holder: Node, type: string, schemas: Node, name?: string): Node {
  const content = (holder['content'] ?? {}) as Node
  const media = content[type] ?? content['application/json'] ?? Object.values(content)[0]
  const schema = isNode(media) && isNode(media['schema']) ? media['schema'] : {}
  const named = name ? { $id: name, ...schema } : schema
  const { required } = holder
  return {
    ...(required === undefined ? {} : { required }),
    content: { [type]: { schema: normaliseSchema(named, schemas, false) } },
  }
}

/** Answers may grow fields, so only requests say that they refuse unknown ones. */
function normaliseSchema(schema: Json, schemas: Node, isRequest: boolean): Json {
  if (Array.isArray(schema)) return schema.map((one) => normaliseSchema(one, schemas, isRequest))
  if (!isNode(schema)) return schema
  const { $id, additionalProperties, anyOf, ...rest } = schema
  const changed: Node = mapValues(rest, (value, key) =>
    keywordsOfValues.has(key) ? value : normaliseSchema(value, schemas, isRequest),
  )
  if (additionalProperties === false && isRequest) changed['additionalProperties'] = false
  if (isNode(additionalProperties))
    changed['additionalProperties'] = normaliseSchema(additionalProperties, schemas, isRequest)
  if (Array.isArray(anyOf)) Object.assign(changed, unionOf(anyOf, schemas, isRequest))
  if (typeof $id !== 'string') return changed
  schemas[$id] = changed
  return { $ref: `#/components/schemas/${$id}` }
}

const keywordsOfValues = new Set(['enum', 'const', 'examples', 'default', 'required', 'pattern'])

function unionOf(options: Json[], schemas: Node, isRequest: boolean): Node {
  const constants = options.map((option) => (isNode(option) ? option['const'] : undefined))
  if (constants.every((value) => typeof value === 'string')) return { type: 'string', enum: constants }
  return { anyOf: options.map((option) => normaliseSchema(option, schemas, isRequest)) }
}
