import { Refusal } from '../cli.ts'

/** Somebody who is signed in: calls carry the token, answers are checked to be a success. */
export type Caller = {
  readonly email: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  /** Sends bytes as they are; answers the body and how long the answer took. */
  send<T>(path: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Promise<T>
}

type Problem = { code?: string; detail?: string; errors?: { pointer: string; message: string }[] }

const fault = (method: string, path: string, status: number, problem: Problem): Refusal => {
  const fields = (problem.errors ?? []).map((one) => `${one.pointer}: ${one.message}`).join('; ')
  return new Refusal(`${method} ${path} answered ${status} ${problem.code ?? ''} ${problem.detail ?? ''} ${fields}`)
}

async function call<T>(url: string, init: RequestInit, path: string): Promise<T> {
  const response = await fetch(`${url}/api/v1${path}`, init)
  const text = await response.text()
  if (!response.ok) throw fault(init.method ?? 'GET', path, response.status, safeJson(text))
  return (text === '' ? undefined : JSON.parse(text)) as T
}

const safeJson = (text: string): Problem => {
  try {
    return JSON.parse(text) as Problem
  } catch {
    return { detail: text.slice(0, 200) }
  }
}

/** Where the API is, and what ends every call that is under way. */
export type Api = { readonly url: string; readonly signal: AbortSignal }

/** Signs in over the real API and answers who can now call. */
export async function signIn({ url, signal }: Api, email: string, password: string): Promise<Caller> {
  const json = { 'content-type': 'application/json' }
  const login = { method: 'POST', headers: json, body: JSON.stringify({ email, password }), signal }
  const { accessToken } = await call<{ accessToken: string }>(url, login, '/auth/login')
  const authorization = `Bearer ${accessToken}`
  const withBody = <T>(method: string, path: string, body: unknown) =>
    call<T>(url, { method, headers: { ...json, authorization }, body: JSON.stringify(body), signal }, path)
  return {
    email,
    get: (path) => call(url, { headers: { authorization }, signal }, path),
    post: (path, body) => withBody('POST', path, body),
    put: (path, body) => withBody('PUT', path, body),
    send: (path, body, headers) =>
      call(url, { method: 'POST', headers: { ...headers, authorization }, body, signal }, path),
  }
}

type Job = { state: string; progress: { done: number; total: number | null }; problem: Problem | null }

/** Polls a job until it ended; `onProgress` hears how far it is. @throws Refusal when it did not end well. */
export async function untilDone(
  caller: Caller,
  jobId: string,
  onProgress?: (done: number, total: number | null) => void,
): Promise<void> {
  for (;;) {
    const job = await caller.get<Job>(`/jobs/${jobId}?wait=2`)
    onProgress?.(job.progress.done, job.progress.total)
    if (job.state === 'done') return
    if (['failed', 'parked', 'cancelled'].includes(job.state)) throw fault('job', jobId, 0, job.problem ?? {})
  }
}

/** All rows of a list, page after page. */
export async function listAll<T>(caller: Caller, path: string): Promise<T[]> {
  const rows: T[] = []
  const separator = path.includes('?') ? '&' : '?'
  for (let cursor: string | null = ''; cursor !== null;) {
    const at: string = cursor === '' ? '' : `&cursor=${cursor}`
    const page = await caller.get<{ data: T[]; page: { nextCursor: string | null } }>(
      `${path}${separator}limit=200${at}`,
    )
    rows.push(...page.data)
    cursor = page.page.nextCursor
  }
  return rows
}
