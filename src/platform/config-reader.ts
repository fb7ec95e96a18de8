/** Environment variables as a process gets them. */
export type Env = Readonly<Record<string, string | undefined>>

/** Reads typed values and collects mistakes, so that all of them are reported at once. No message holds a value. */
export type EnvReader = ReturnType<typeof envReader>

const parseUrl = (value: string): URL | undefined => (URL.canParse(value) ? new URL(value) : undefined)

/** A reader over `env`. Empty text counts as missing: that is what compose files pass for unset variables. */
export function envReader(env: Env) {
  const mistakes: string[] = []
  const wrong = (sentence: string): void => void mistakes.push(sentence)
  const given = (name: string): string | undefined => env[name]?.trim() || undefined
  return {
    wrong,
    given,
    /** Reports a missing variable and stands in for its value until `complain`. */
    missing(name: string): string {
      if (!given(name)) wrong(`${name} is required`)
      return ''
    },
    text: (name: string, fallback: string): string => given(name) ?? fallback,
    secret(name: string, minLength: number): string | undefined {
      const value = given(name)
      if (value !== undefined && value.length < minLength) wrong(`${name} needs at least ${minLength} characters`)
      return value
    },
    url(name: string, schemes: readonly string[]): string | undefined {
      const value = given(name)
      const parsed = value === undefined ? undefined : parseUrl(value)
      if (value !== undefined && !(parsed && schemes.includes(parsed.protocol) && parsed.hostname)) {
        wrong(`${name} must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`)
      }
      return value
    },
    whole(name: string, { fallback, min, max }: { fallback: number; min: number; max: number }): number {
      const value = given(name)
      if (value === undefined) return fallback
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
      if (!(number >= min && number <= max)) wrong(`${name} must be a whole number from ${min} to ${max}`)
      return number
    },
    oneOf<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
      const value = given(name)
      const choice = value === undefined ? fallback : choices.find((known) => known === value)
      if (choice === undefined) wrong(`${name} must be one of ${choices.join(', ')}`)
      return choice ?? fallback
    },
    /** @throws one Error with every mistake, one a line. */
    complain(): void {
      if (mistakes.length > 0) throw new Error(`configuration:\n${mistakes.map((line) => `  ${line}`).join('\n')}`)
    },
  }
}
