// What the browser tests share: the built server as a process, a web site of another origin, people with browsers of their
// own, and what an administrator clicks before fans come. Needs bin/fanfare (make build) and chromium.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const root = new URL('../../../', import.meta.url).pathname
const chromiumArgs = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const patience = Number(process.env.PATIENCE ?? 20_000)

export const phone = { width: 390, height: 844 }
export const desk = { width: 1440, height: 900 }

/** Installation is a server on data of its own, a web site of another origin, and a browser. */
export class Installation {
  #log = []
  #flags
  #server
  #host
  #browser

  /** start starts all of it. pages gives what the other web site answers: [type, content] by path; flags are more of the server's. */
  async start(pages, flags = []) {
    this.#flags = flags
    this.folder = await mkdtemp(join(tmpdir(), 'fanfare-e2e-'))
    this.#host = createServer((request, response) => {
      const [type, content] = pages[request.url]?.() ?? ['text/plain', '']
      response.setHeader('Content-Type', `${type}; charset=utf-8`)
      response.end(content)
    })
    await once(this.#host.listen(0, '127.0.0.1'), 'listening')
    this.hostOrigin = `http://127.0.0.1:${this.#host.address().port}`
    this.setupLink = await this.serve('127.0.0.1:0', /http:\S+\/console\/setup\?token=\S+/)
    this.base = new URL(this.setupLink).origin
    this.address = new URL(this.base).host.replace('localhost', '127.0.0.1')
    this.#browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: chromiumArgs })
  }

  /** serve starts the server and returns what it says that fits the pattern. */
  async serve(address = this.address, pattern = /metrics/) {
    const said = []
    const server = spawn(join(root, 'bin/fanfare'), ['serve', '--data', join(this.folder, 'data'), '--addr', address, '--metrics-addr', '127.0.0.1:0', ...this.#flags])
    this.#server = server
    server.stderr.on('data', chunk => this.#log.push(chunk))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the server does not say ${pattern}:\n${this.log}`)), patience)
      server.stdout.on('data', chunk => {
        this.#log.push(chunk)
        said.push(chunk)
        const found = said.join('').match(pattern)
        if (found) {
          clearTimeout(timer)
          resolve(found[0])
        }
      })
    })
  }

  /** stop ends the server as an operator does, and holds it to a clean end. */
  async stop() {
    assert.equal(await this.#end('SIGTERM'), 0, `the server did not drain:\n${this.log}`)
  }

  /** kill ends the server in the middle of whatever it does. */
  async kill() {
    await this.#end('SIGKILL')
  }

  async #end(signal) {
    const ended = once(this.#server, 'exit')
    this.#server.kill(signal)
    this.#server = undefined
    return (await ended)[0]
  }

  /** end ends all of it. */
  async end() {
    await this.#browser?.close()
    if (this.#server) await this.stop()
    this.#host?.close()
    this.#host?.closeAllConnections()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** log is what the server has said. */
  get log() { return this.#log.join('') }

  /** person opens a browser of their own: no cookie and no storage is shared. */
  async person(viewport, options = {}) {
    const context = await this.#browser.newContext({ viewport, locale: 'en-GB', ...options })
    context.setDefaultTimeout(patience)
    const page = await context.newPage()
    page.on('pageerror', error => assert.fail(`script error on ${page.url()}: ${error.stack}`))
    return page
  }

  /** step says what is done, and leaves pictures of every open page where it fails. */
  async step(claim, act) {
    const began = Date.now()
    try {
      await act()
    } catch (error) {
      const pages = this.#browser.contexts().flatMap(context => context.pages())
      await mkdir(join(root, 'bin'), { recursive: true })
      for (const [n, page] of pages.entries()) {
        await page.screenshot({ path: join(root, `bin/e2e-failure-${n}.png`) }).catch(() => {})
      }
      throw new Error(`${claim}: ${error.message}\n${this.log.slice(-4000)}`, { cause: error })
    }
    console.log(`  ${claim} (${Date.now() - began} ms)`)
  }

  /** keep writes a file that can be chosen in a page, and returns its path. */
  async keep(name, content) {
    const path = join(this.folder, name)
    await writeFile(path, content)
    return path
  }

  /** becomeAdministrator follows the link that the server prints at its first start. */
  async becomeAdministrator(admin) {
    await admin.goto(this.setupLink)
    await admin.getByLabel('Your name').fill('Ada')
    await admin.getByLabel('Mail address').fill('ada@example.org')
    await admin.getByLabel('Password').fill('a few words in a row')
    await admin.locator('form button').last().click()
    await admin.waitForURL(/\/console(\?|$)/)
  }

  /** launch creates the challenge "night", which guests may enter, and launches it. */
  async launch(admin, moderation) {
    await admin.goto(`${this.base}/console/challenges/new`)
    await admin.locator('[name=title_zh]').fill('百万夜景大片挑战')
    await admin.locator('[name=title_en]').fill('A million night views')
    await admin.locator('[name=hashtag]').fill('#夜景')
    await admin.locator('[name=slug]').fill('night')
    await admin.locator('[name=brief_zh]').fill('拍下你的城市的夜晚。')
    await admin.locator('[name=brief_en]').fill('Show us your city at night.')
    await admin.locator('[name=time_zone]').fill('Asia/Shanghai')
    await admin.locator(`[name=moderation][value=${moderation}]`).check()
    await admin.locator('[name=guests]').check()
    await admin.locator('[name=cities]').fill('wuhan | 武汉 | Wuhan\nshanghai | 上海 | Shanghai')
    await admin.getByRole('button', { name: 'Save' }).click()
    await admin.getByText('Saved.').waitFor()
    await admin.getByRole('link', { name: /^Launch/ }).click()
    await admin.locator('[name=sure]').check()
    await admin.getByRole('button', { name: 'Launch' }).click()
    await admin.getByText('Launched. The challenge is public').waitFor()
  }

  /** register lets pages of the other web site embed challenges. */
  async register(admin) {
    await admin.goto(`${this.base}/console/sites`)
    await admin.locator('[name=site_name]').fill('Host')
    await admin.locator('[name=origins]').fill(`${this.hostOrigin}/some/page`)
    await admin.getByRole('button', { name: 'Register' }).click()
    await admin.getByLabel(/secret/i).waitFor()
  }
}

/** fill fills the widget's form in, with a photo that is a file. */
export async function fill(page, photo, caption, author) {
  await page.getByTestId('enter').click()
  await page.getByTestId('photo').setInputFiles(photo)
  await page.getByTestId('preview').waitFor()
  await page.getByTestId('caption').fill(caption)
  await page.getByTestId('author').fill(author)
  for (const box of await page.getByTestId('consent').all()) await box.check()
}

/** send sends the widget's form and returns the entry's identifier from the API's answer. */
export async function send(page) {
  const answer = page.waitForResponse(response => response.request().method() === 'POST' && response.url().endsWith('/entries'))
  await page.getByTestId('send').click()
  await page.getByTestId('sent').waitFor()
  const entry = await (await answer).json()
  await page.getByTestId('sent-done').click()
  return entry.id
}

/** embedding is a page that embeds the challenge from an installation at the address. */
export function embedding(base) {
  return ['text/html', `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
    <title>Host</title><body><h1>Another web site</h1>
    <script async src="${base}/embed.js"></script>
    <fanfare-challenge challenge="night"></fanfare-challenge></body></html>`]
}

/** until waits for a condition. */
export async function until(claim, holds) {
  const deadline = Date.now() + patience
  while (!await holds()) {
    if (Date.now() > deadline) assert.fail(`waited in vain until ${claim}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
