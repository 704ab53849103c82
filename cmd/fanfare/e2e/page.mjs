// What the web site's page carries: the clients, for a browser.

import Uppy from '@uppy/core'
import Tus from '@uppy/tus'
import { clientOptions } from './clients.mjs'

export * from './clients.mjs'

/** chosen is the file that the page's visitor chose. */
export const chosen = () => document.querySelector('input').files[0]

/** sendByUppy begins to send a file. What it returns has Uppy, and how it ends: with the upload's address. */
export function sendByUppy(file, base, token, options = {}) {
  const uppy = new Uppy({ autoProceed: false }).use(Tus, { ...clientOptions(base, token), ...options })
  const id = uppy.addFile({ name: file.name, type: file.type, data: file })
  const done = uppy.upload().then(({ successful, failed }) => {
    if (failed.length > 0) throw new Error(failed[0].error)
    return successful[0].uploadURL
  })
  done.catch(() => {}) // whoever waits for it is told
  return { uppy, id, done }
}
