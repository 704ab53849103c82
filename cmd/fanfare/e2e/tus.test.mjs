// Photos sent by clients that others wrote, and by the widget, over a network that fails, to a server that is killed:
// tus-js-client in node and in a page, Uppy in a page. Each upload goes on from where it was, which the bytes that
// passed prove, and becomes one entry whose original is the file, byte for byte.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { after, before, test } from 'node:test'
import { build } from 'esbuild'
import { call, enterTwice, openSession, sendByTus } from './clients.mjs'
import { desk, embedding, fill, Installation, phone, send, until } from './installation.mjs'
import { Network } from './network.mjs'

const MB = 1 << 20 // bytes
const chunkSize = 512 << 10
const slack = 64 << 10 // for what is no photo: headers, the page's requests

const at = new Installation()
const networks = []
let admin, script, embed

before(async () => {
  script = await bundle()
  const choose = '<!doctype html><title>Host</title><input type="file"><script src="/clients.js"></script>'
  await at.start({
    '/': () => ['text/html', choose],
    '/clients.js': () => ['text/javascript', script],
    '/embed': () => embed,
  })
  admin = await at.person(desk)
  await at.becomeAdministrator(admin)
  await at.launch(admin, 'after')
  await at.register(admin)
})

after(async () => {
  for (const network of networks) network.close()
  await at.end()
})

/** bundle makes one script for a page of what npm has installed, as sites do. */
async function bundle() {
  const entryPoints = [new URL('page.mjs', import.meta.url).pathname]
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'iife', globalName: 'clients', charset: 'utf8' })
  return outputFiles[0].text
}

async function network() {
  const made = await Network.to(at.address)
  networks.push(made)
  return made
}

/** noise makes a photo of several MB that looks like no other. */
async function noise(name) {
  const page = await at.person(desk)
  const text = await page.evaluate(async () => {
    const picture = new ImageData(1400, 900)
    for (let n = 0; n < picture.data.length; n += 65536) crypto.getRandomValues(picture.data.subarray(n, n + 65536))
    for (let n = 3; n < picture.data.length; n += 4) picture.data[n] = 255
    const canvas = new OffscreenCanvas(picture.width, picture.height)
    canvas.getContext('2d').putImageData(picture, 0, 0)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 })).arrayBuffer())
    let text = ''
    for (let n = 0; n < bytes.length; n += 32768) text += String.fromCharCode(...bytes.subarray(n, n + 32768))
    return btoa(text)
  })
  await page.context().close()
  const bytes = Buffer.from(text, 'base64')
  assert.ok(bytes.length > 3 * MB, `a photo of ${bytes.length} bytes is too small to be interrupted`)
  return { bytes, path: await at.keep(name, bytes) }
}

/** visitor opens the site's page and chooses the photo. */
async function visitor(photo) {
  const page = await at.person(phone)
  await page.goto(at.hostOrigin)
  await page.locator('input').setInputFiles(photo.path)
  return page
}

/** byTus and byUppy begin to send what the page's visitor chose. */
const byTus = (page, base, token, options) =>
  page.evaluateHandle(([...all]) => clients.sendByTus(clients.chosen(), ...all), [base, token, options])
const byUppy = (page, base, token, options) =>
  page.evaluateHandle(([...all]) => clients.sendByUppy(clients.chosen(), ...all), [base, token, options])
const doneIn = handle => handle.evaluate(sending => sending.done)

const hash = bytes => createHash('sha256').update(bytes).digest('hex')

/** sentOnce holds an upload to the bytes it may have sent: the photo's, and those that were lost on the way. */
function sentOnce(net, photo, lost = 0) {
  assert.ok(net.sent >= photo.bytes.length, `only ${net.sent} of ${photo.bytes.length} bytes passed`)
  assert.ok(net.sent <= photo.bytes.length + lost + slack, `${net.sent} bytes passed for a photo of ${photo.bytes.length}, of which ${lost} were lost`)
}

/** becomesOneEntry enters an upload twice and holds the fan's one entry to being published with the photo's own bytes. */
async function becomesOneEntry(enter, token, photo) {
  const [first, second] = await enter()
  assert.equal(first.id, second.id, 'an upload became two entries')
  await publishedWhole(token, first.id, photo)
}

async function publishedWhole(token, id, photo) {
  let me
  await until('the entry is published', async () => {
    me = await call(`${at.base}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } })
    return me.entries[0].status === 'published'
  })
  assert.deepEqual(me.entries.map(entry => entry.id), [id])
  const original = await admin.context().request.get(`${at.base}/console/photos/${id}/original`)
  assert.equal(hash(await original.body()), hash(photo.bytes), 'the original is not the file that was sent')
}

const enterIn = (page, base, token, url) => page.evaluate(all => clients.enterTwice(...all), [base, token, url])

test('tus-js-client in node pauses and goes on', { timeout: 60_000 }, async () => {
  const [net, photo] = [await network(), await noise('node.jpg')]
  const token = await openSession(net.base)
  const full = net.passing(MB)
  const { upload, done } = await sendByTus(createReadStream(photo.path), net.base, token, { chunkSize })
  await full
  await upload.abort()
  net.mend()
  upload.start()
  const url = await done
  sentOnce(net, photo, chunkSize)
  await becomesOneEntry(() => enterTwice(net.base, token, url), token, photo)
})

test('tus-js-client in a page goes on by itself after a lost connection, and after a reload with the file chosen again', { timeout: 60_000 }, async () => {
  const [net, photo] = [await network(), await noise('page.jpg')]
  const page = await visitor(photo)
  const token = await page.evaluate(base => clients.openSession(base), net.base)
  let full = net.passing(MB)
  await byTus(page, net.base, token)
  await full
  await net.lose()
  net.mend()
  full = net.passing(MB)
  await full
  await net.lose(true) // the server hears nothing of it, and has to believe the next connection
  await page.reload()
  await page.locator('input').setInputFiles(photo.path)
  net.mend()
  const again = await byTus(page, net.base, token)
  assert.ok(await again.evaluate(sending => sending.resumed), 'the client does not know the upload any more')
  const url = await doneIn(again)
  sentOnce(net, photo, MB) // of the two, on a busy machine: the client asks while the bytes before are still arriving
  await becomesOneEntry(() => enterIn(page, net.base, token, url), token, photo)
})

test('Uppy pauses, goes on, and waits for a network that is away', { timeout: 60_000 }, async () => {
  const [net, photo] = [await network(), await noise('uppy.jpg')]
  const page = await visitor(photo)
  const token = await page.evaluate(base => clients.openSession(base), net.base)
  let full = net.passing(MB + chunkSize)
  const sending = await byUppy(page, net.base, token, { chunkSize })
  await full
  await sending.evaluate(({ uppy }) => uppy.pauseAll())
  net.mend()
  full = net.passing(MB)
  await sending.evaluate(({ uppy }) => uppy.resumeAll())
  await full
  await page.context().setOffline(true)
  net.lose()
  await until('Uppy waits for the network', () => sending.evaluate(({ uppy }) => uppy.getPlugin('Tus').requests.isPaused))
  net.mend()
  await page.context().setOffline(false)
  const url = await doneIn(sending)
  sentOnce(net, photo, 2 * chunkSize) // as it may ask how far it is while the bytes before are still arriving
  await becomesOneEntry(() => enterIn(page, net.base, token, url), token, photo)
})

test('every client goes on with a server that was killed while it sent', { timeout: 60_000 }, async () => {
  const starts = {
    node: async (net, photo) => {
      const token = await openSession(net.base)
      const { done } = await sendByTus(createReadStream(photo.path), net.base, token, { chunkSize })
      return { token, done: () => done, enter: url => enterTwice(net.base, token, url) }
    },
    ...Object.fromEntries(Object.entries({ page: byTus, uppy: byUppy }).map(([name, begin]) => [name, async (net, photo) => {
      const page = await visitor(photo)
      const token = await page.evaluate(base => clients.openSession(base), net.base)
      const sending = await begin(page, net.base, token, { chunkSize })
      return { token, done: () => doneIn(sending), enter: url => enterIn(page, net.base, token, url) }
    }])),
  }
  const all = await Promise.all(Object.entries(starts).map(async ([name, start]) => {
    const [net, photo] = [await network(), await noise(`killed-${name}.jpg`)]
    const full = net.passing(MB)
    const client = await start(net, photo)
    await full
    return { net, photo, ...client }
  }))
  await at.kill()
  await at.serve()
  for (const { net } of all) net.mend()
  for (const { net, photo, token, done, enter } of all) {
    const url = await done()
    sentOnce(net, photo, chunkSize)
    await becomesOneEntry(() => enter(url), token, photo)
  }
})

test('the widget goes on by itself after a lost connection, and after a reload when the photo is chosen again', { timeout: 60_000 }, async () => {
  const [net, photo] = [await network(), await noise('widget.jpg')]
  embed = embedding(net.base)
  const page = await at.person(phone, { hasTouch: true, isMobile: true })
  const open = async () => {
    await page.goto(`${at.hostOrigin}/embed`)
    await fill(page, photo.path, 'Noise', 'Mei')
    net.sent = 0
  }
  await open()
  let full = net.passing(MB)
  await page.getByTestId('send').click()
  await full
  await page.context().setOffline(true)
  net.lose()
  await page.getByText('Waiting for the network. Nothing is lost').waitFor()
  net.mend()
  full = net.passing(MB)
  await page.context().setOffline(false)
  await full
  await net.lose(true)
  const before = net.sent
  await page.reload()
  net.mend()
  await open()
  const entering = page.waitForRequest(request => request.method() === 'POST' && request.url().endsWith('/entries'))
  const id = await send(page)
  net.sent += before
  sentOnce(net, photo, MB) // of the two, as above
  const token = (await (await entering).headerValue('authorization')).replace('Bearer ', '')
  await publishedWhole(token, id, photo)
})
