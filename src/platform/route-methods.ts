type Route = { readonly method: string; readonly path: string }

const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replace(/\/$/, '')
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:[^/]+/g, '[^/]+')}/?$`,
  )

/** Answers which methods a path knows, so that a wrong one is told 405 with `Allow` (RFC 9110 section 15.5.6). */
export function methodsByPath(routes: () => readonly Route[]): (pathname: string) => string[] {
  let known: { method: string; pattern: RegExp }[] | undefined
  return (pathname) => {
    known ??= routes().map(({ method, path }) => ({ method, pattern: patternOf(path) }))
    const methods = known.filter(({ pattern }) => pattern.test(pathname)).map(({ method }) => method)
    return [...new Set(methods)].sort()
  }
}
