// What a web site writes that takes photos in with a client of its own choice. Pages and node run it alike.

import { Upload } from 'tus-js-client'

export const uploadsAt = base => `${base}/api/v1/uploads`

/** clientOptions are the options of tus that a site sets; it is patient with a network that comes and goes. */
export function clientOptions(base, token) {
  return { endpoint: uploadsAt(base), headers: { Authorization: `Bearer ${token}` }, retryDelays: Array(100).fill(500) }
}

/** openSession lets a guest into the challenge and returns their bearer. */
export async function openSession(base) {
  const { token } = await call(`${base}/api/v1/session`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ challenge: 'night', name: 'Mei' }),
  })
  return token
}

/**
 * sendByTus begins to send a file, from where an earlier upload of the same file ended if the client knows one. What it
 * returns has the upload, whether it is an earlier one's, and how it ends: with its address.
 */
export async function sendByTus(file, base, token, options = {}) {
  const { promise: done, resolve, reject } = withResolvers()
  const upload = new Upload(file, {
    ...clientOptions(base, token), onSuccess: () => resolve(upload.url), onError: reject, ...options,
  })
  const [earlier] = await upload.findPreviousUploads()
  if (earlier) upload.resumeFromPreviousUpload(earlier)
  upload.start()
  return { upload, resumed: earlier !== undefined, done }
}

/** enterTwice makes an entry of an upload and, as a client does that has not heard the answer, once more at the same time. */
export async function enterTwice(base, token, url) {
  const { consents } = await call(`${base}/api/v1/challenges/night`)
  const fields = { upload: url.slice(url.lastIndexOf('/') + 1), caption: 'Night', author: 'Mei', consents: consents.map(c => c.id).join() }
  const body = () => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    return form
  }
  const entries = `${base}/api/v1/challenges/night/entries`
  return Promise.all([1, 2].map(() => call(entries, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: body() })))
}

/** call returns what the API answers, and throws what it refuses. */
export async function call(url, options) {
  const answer = await fetch(url, options)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${options?.method ?? 'GET'} ${url}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

function withResolvers() {
  const all = {}
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }))
  all.promise.catch(() => {}) // whoever waits for it is told
  return all
}
