// The main job in a real browser, on two origins: an administrator and fans only click and type. Nothing is seeded by
// API or SQL. Needs bin/fanfare (make build) and chromium; a real photo is taken from FANFARE_PHOTOS where it is set.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const root = new URL('../../../', import.meta.url).pathname
const chromiumArgs = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync']
const patience = Number(process.env.PATIENCE ?? 20_000)

let folder, server, browser, host, base, setupLink, hostOrigin
const log = []

/** serve starts the server and returns what it prints that fits the pattern. */
async function serve(address, pattern) {
  const printed = []
  server = spawn(join(root, 'bin/fanfare'), ['serve', '--data', join(folder, 'data'), '--addr', address, '--metrics-addr', '127.0.0.1:0'])
  server.stderr.on('data', chunk => log.push(chunk))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server does not say ${pattern}:\n${log.join('')}`)), patience)
    server.stdout.on('data', chunk => {
      log.push(chunk)
      printed.push(chunk)
      const found = printed.join('').match(pattern)
      if (found) {
        clearTimeout(timer)
        resolve(found[0])
      }
    })
  })
}

/** stop ends the server as an operator does, and holds it to a clean end. */
async function stop() {
  const ended = new Promise(resolve => server.once('exit', resolve))
  server.kill('SIGTERM')
  assert.equal(await ended, 0, `the server did not drain:\n${log.join('')}`)
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfare-e2e-'))
  host = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(request.url.startsWith('/favicon') ? '' : `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
      <title>Host</title><body><h1>Another web site</h1>
      <script async src="${base}/embed.js"></script>
      <fanfare-challenge challenge="night"></fanfare-challenge></body></html>`)
  })
  await new Promise(resolve => host.listen(0, '127.0.0.1', resolve))
  hostOrigin = `http://127.0.0.1:${host.address().port}`

  setupLink = await serve('127.0.0.1:0', /http:\S+\/console\/setup\?token=\S+/)
  base = new URL(setupLink).origin
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: chromiumArgs })
})

after(async () => {
  await browser?.close()
  if (server) await stop()
  host?.close()
  host?.closeAllConnections()
  await rm(folder, { recursive: true, force: true })
})

/** person opens a browser of their own: no cookie and no storage is shared. */
async function person(viewport, options = {}) {
  const context = await browser.newContext({ viewport, locale: 'en-GB', ...options })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  page.on('pageerror', error => assert.fail(`script error on ${page.url()}: ${error.stack}`))
  return page
}

/** step says what is done, and leaves pictures of every open page where it fails. */
async function step(claim, act) {
  const began = Date.now()
  try {
    await act()
  } catch (error) {
    const pages = browser.contexts().flatMap(context => context.pages())
    await mkdir(join(root, 'bin'), { recursive: true })
    for (const [n, page] of pages.entries()) {
      await page.screenshot({ path: join(root, `bin/e2e-failure-${n}.png`) }).catch(() => {})
    }
    throw new Error(`${claim}: ${error.message}\n${log.join('').slice(-4000)}`, { cause: error })
  }
  console.log(`  ${claim} (${Date.now() - began} ms)`)
}

const phone = { width: 390, height: 844 }
const desk = { width: 1440, height: 900 }

/** drawing makes a real JPEG, for where there is no folder of photos. */
async function drawing(name, colour) {
  const page = await person({ width: 900, height: 600 })
  await page.setContent(`<body style="margin:0;background:linear-gradient(${colour},black)">`)
  const path = join(folder, name)
  await writeFile(path, await page.screenshot({ type: 'jpeg', quality: 90 }))
  await page.context().close()
  return path
}

/** enter sends a photo from the widget and returns the entry's identifier from the API's answer. */
async function enter(page, photo, caption, author) {
  await page.getByTestId('enter').click()
  await page.getByTestId('photo').setInputFiles(photo)
  await page.getByTestId('preview').waitFor()
  await page.getByTestId('caption').fill(caption)
  await page.getByTestId('author').fill(author)
  for (const box of await page.getByTestId('consent').all()) await box.check()
  const answer = page.waitForResponse(response => response.request().method() === 'POST' && response.url().endsWith('/entries'))
  await page.getByTestId('send').click()
  await page.getByTestId('sent').waitFor()
  const entry = await (await answer).json()
  await page.getByTestId('sent-done').click()
  return entry.id
}

const row = (page, id) => page.locator(`[data-testid=row][data-entry=${id}]`)

test('an administrator and fans carry a photo from the embed to the live board', { timeout: 240_000 }, async t => {
  const admin = await person(desk)

  await step('the printed link makes the first administrator', async () => {
    await admin.goto(setupLink)
    await admin.getByLabel('Your name').fill('Ada')
    await admin.getByLabel('Mail address').fill('ada@example.org')
    await admin.getByLabel('Password').fill('a few words in a row')
    await admin.locator('form button').last().click()
    await admin.waitForURL(/\/console(\?|$)/)
    const again = await person(desk)
    await again.goto(setupLink)
    assert.equal(await again.getByLabel('Password').count(), 0, 'the link works twice')
    await again.context().close()
  })

  await step('a challenge is created and launched', async () => {
    await admin.goto(`${base}/console/challenges/new`)
    await admin.locator('[name=title_zh]').fill('百万夜景大片挑战')
    await admin.locator('[name=title_en]').fill('A million night views')
    await admin.locator('[name=hashtag]').fill('#夜景')
    await admin.locator('[name=slug]').fill('night')
    await admin.locator('[name=brief_zh]').fill('拍下你的城市的夜晚。')
    await admin.locator('[name=brief_en]').fill('Show us your city at night.')
    await admin.locator('[name=time_zone]').fill('Asia/Shanghai')
    await admin.locator('[name=moderation][value=before]').check()
    await admin.locator('[name=guests]').check()
    await admin.locator('[name=cities]').fill('wuhan | 武汉 | Wuhan\nshanghai | 上海 | Shanghai')
    await admin.getByRole('button', { name: 'Save' }).click()
    await admin.getByText('Saved.').waitFor()
    await admin.getByRole('link', { name: /^Launch/ }).click()
    await admin.locator('[name=sure]').check()
    await admin.getByRole('button', { name: 'Launch' }).click()
    await admin.getByText('Launched. The challenge is public').waitFor()
  })

  await step('the host page cannot embed it before its site is registered', async () => {
    const early = await person(phone)
    const refused = early.waitForResponse(response => response.url().includes('/api/v1/') && response.status() === 403)
    await early.goto(hostOrigin)
    await refused
    await early.context().close()
  })

  await step('the site is registered and the snippet is there to copy', async () => {
    await admin.goto(`${base}/console/sites`)
    await admin.locator('[name=site_name]').fill('Host')
    await admin.locator('[name=origins]').fill(`${hostOrigin}/some/page`)
    await admin.getByRole('button', { name: 'Register' }).click()
    await admin.getByLabel(/secret/i).waitFor()
    await admin.goto(`${base}/console`)
    await admin.locator('main a[href*="/console/challenges/"]').filter({ hasText: 'night' }).first().click()
    const snippet = await admin.locator('textarea, pre, input.mono').filter({ hasText: 'fanfare-challenge' }).first().textContent()
    assert.match(snippet, /<script async src="http:\/\/localhost:\d+\/embed\.js"><\/script>\s*<fanfare-challenge challenge="night"><\/fanfare-challenge>/)
  })

  const fan = await person(phone, { hasTouch: true, isMobile: true })
  const second = await person(phone, { hasTouch: true, isMobile: true })
  let night, shop

  await step('two fans send photos from a page of another origin', async () => {
    const real = process.env.FANFARE_PHOTOS ? join(process.env.FANFARE_PHOTOS, 'japanese-shop.jpg') : await drawing('real.jpg', '#fa0')
    if (!process.env.FANFARE_PHOTOS) t.diagnostic('a drawn photo instead of a real one, because FANFARE_PHOTOS is not set')
    await fan.goto(hostOrigin)
    night = await enter(fan, real, '外滩夜景，江风很大 #上海', '林小满')
    await second.goto(hostOrigin)
    shop = await enter(second, await drawing('second.jpg', '#08f'), 'The bridge at midnight #Wuhan', 'Daniel')
    assert.notEqual(night, shop)
  })

  await step('a moderator publishes both with the keyboard', async () => {
    for (let left = 2; left > 0; left--) {
      await until('an entry waits in the queue', async () => {
        await admin.goto(`${base}/console/queue`)
        return await admin.locator('.desk').count() > 0
      })
      const published = admin.waitForResponse(response => response.url().endsWith('/publish') || response.url().includes('/publish?'))
      await admin.keyboard.press('p')
      await published
      await admin.waitForLoadState('networkidle')
    }
    await fan.getByTestId('tab-mine').click()
    await fan.getByText('Published').waitFor({ timeout: 2 * patience }) // while a photo waits for review, the widget asks every 10 to 30 s
    await fan.getByTestId('tab-board').click()
    await row(fan, night).waitFor()
    await row(fan, shop).waitFor()
  })

  await step('another browser votes, and the first sees the rank change without reloading', async () => {
    await fan.evaluate(() => { window.stillHere = true })
    assert.equal(await rank(fan, night), '1', 'a tie goes to the lower number')
    const voter = await person(desk)
    await voter.goto(`${base}/c/night`)
    await row(voter, shop).getByTestId('vote').click()
    const began = Date.now()
    await until('the rank changes', async () => await rank(fan, shop) === '1')
    t.diagnostic(`the rank changed within ${Date.now() - began} ms of the click`)
    await row(voter, shop).getByTestId('vote').click()
    await until('taking the vote back changes it again', async () => await rank(fan, night) === '1')
    const totals = fan.getByTestId('totals')
    assert.match(await totals.innerText(), /Votes\s*0/)
    await row(voter, night).getByTestId('vote').click()
    await until('the vote is counted', async () => /Votes\s*1/.test(await totals.innerText()))
    assert.equal(await fan.evaluate(() => window.stillHere), true, 'the page was reloaded')
    await voter.context().close()
  })

  await step('a search finds the photo by a Chinese word of its caption', async () => {
    await fan.getByTestId('tab-gallery').click()
    await fan.getByTestId('search').fill('外滩')
    await until('only the photo of the Bund is shown', async () => {
      const cells = fan.getByTestId('cell')
      return await cells.count() === 1 && await cells.first().getAttribute('data-entry') === night
    })
  })

  await step('the challenge and the entry have pages of their own', async () => {
    const visitor = await person(desk)
    await visitor.goto(`${base}/e/${night}?lang=zh-CN`)
    assert.match(await visitor.locator('main').innerText(), /外滩夜景/)
    assert.match(await visitor.locator('meta[property="og:image"]').getAttribute('content'), /^http:\/\/localhost:\d+\/m\/e_/)
    await visitor.goto(`${base}/c/night#${night}`)
    await visitor.getByTestId('viewer').getByText('外滩夜景').waitFor()
    await visitor.goto(base)
    assert.match(await visitor.locator('main').innerText(), /A million night views/)
    await visitor.context().close()
  })

  await step('a restarted server has lost nothing, and the widget comes back by itself', async () => {
    const state = fan.getByTestId('live-state')
    await stop()
    await until('the widget says that it is not live', async () => await state.innerText() !== 'Live')
    await serve(new URL(base).host.replace('localhost', '127.0.0.1'), /metrics/)
    await until('it is live again', async () => await state.innerText() === 'Live')
    assert.match(await fan.getByTestId('totals').innerText(), /Votes\s*1/)
  })
})

const rank = (page, id) => row(page, id).getByTestId('rank').innerText()

/** until waits for a condition. */
async function until(claim, holds) {
  const deadline = Date.now() + patience
  while (!await holds()) {
    if (Date.now() > deadline) assert.fail(`waited in vain until ${claim}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
