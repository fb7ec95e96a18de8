import { dirname, join } from 'node:path'
import { swagger } from '@elysiajs/swagger'
import { type AnyElysia, Elysia } from 'elysia'
import { notFound } from './errors.ts'
import { normaliseOpenApi } from './openapi-normalise.ts'

/** What the document says about itself. */
export type ApiInfo = {
  readonly title: string
  readonly description: string
  readonly version: string
  readonly tags: readonly { name: string; description: string }[]
}

/** Builds the OpenAPI 3.1.1 document of an app from its routes. The generator runs in an app that never listens. */
export async function openApiDocument(app: AnyElysia, info: ApiInfo): Promise<Record<string, unknown>> {
  const generator = new Elysia({ name: 'openapi-generator', normalize: false })
    .use(
      swagger({
        path: '/generated',
        specPath: '/generated.json',
        excludeStaticFile: false,
        exclude: ['/generated', '/generated.json', /^\/swagger/],
        documentation: {
          info: {
            title: info.title,
            description: info.description,
            version: info.version,
            license: { name: 'MIT', identifier: 'MIT' },
            contact: { name: 'Weir contributors' },
          } as never,
          servers: [{ url: '/' }],
          tags: [...info.tags],
          components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
        },
      }),
    )
    .use(app)
  const response = await generator.handle(new Request('http://localhost/generated.json'))
  return normaliseOpenApi(await response.json(), info.version)
}

const assetFolder = dirname(Bun.resolveSync('swagger-ui-dist/package.json', import.meta.dir))
const assets = new Set([
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
])

const page = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/swagger/assets/swagger-ui.css">
<link rel="icon" href="/swagger/assets/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/swagger/assets/swagger-ui-bundle.js"></script>
<script src="/swagger/assets/start.js"></script>
</body>
</html>`

const start = `window.ui = SwaggerUIBundle({ url: '/swagger.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })`

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"

const hidden = { hide: true, 'x-permission': 'none' } as object

/** `/swagger.json` and `/swagger` with its assets from this machine: the docs work without the internet. */
export function openApiRoutes(document: () => Promise<Record<string, unknown>>, title: string) {
  let text: Promise<string> | undefined
  const cached = () => (text ??= document().then((content) => JSON.stringify(content)))
  return new Elysia({ name: 'openapi' })
    .get(
      '/swagger.json',
      async () => new Response(await cached(), { headers: { 'content-type': 'application/json' } }),
      {
        detail: hidden,
      },
    )
    .get('/swagger/json', ({ redirect }) => redirect('/swagger.json', 308), { detail: hidden })
    .get('/swagger', () => new Response(page(title), { headers: htmlHeaders }), { detail: hidden })
    .get('/swagger/assets/:file', ({ params }) => asset(params.file), { detail: hidden })
}

const htmlHeaders = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }

function asset(file: string): Response {
  if (file === 'start.js') return new Response(start, { headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  if (!assets.has(file)) throw notFound()
  return new Response(Bun.file(join(assetFolder, file)))
}
