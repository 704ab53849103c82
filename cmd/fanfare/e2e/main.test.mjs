// The main job in a real browser, on two origins: an administrator and fans only click and type. Nothing is seeded by
// API or SQL. Needs bin/fanfare (make build) and chromium; a real photo is taken from FANFARE_PHOTOS where it is set.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { desk, embedding, fill, Installation, patience, phone, send, until } from './installation.mjs'

const at = new Installation()
const { person, step } = { person: at.person.bind(at), step: at.step.bind(at) }

before(() => at.start({ '/': () => embedding(at.base) }))
after(() => at.end())

/** drawing makes a real JPEG, for where there is no folder of photos. */
async function drawing(name, colour) {
  const page = await person({ width: 900, height: 600 })
  await page.setContent(`<body style="margin:0;background:linear-gradient(${colour},black)">`)
  const path = await at.keep(name, await page.screenshot({ type: 'jpeg', quality: 90 }))
  await page.context().close()
  return path
}

/** enter sends a photo from the widget and returns the entry's identifier. */
async function enter(page, photo, caption, author) {
  await fill(page, photo, caption, author)
  return send(page)
}

const row = (page, id) => page.locator(`[data-testid=row][data-entry=${id}]`)

test('an administrator and fans carry a photo from the embed to the live board', { timeout: 240_000 }, async t => {
  const admin = await person(desk)

  await step('the printed link makes the first administrator', async () => {
    await at.becomeAdministrator(admin)
    const again = await person(desk)
    await again.goto(at.setupLink)
    assert.equal(await again.getByLabel('Password').count(), 0, 'the link works twice')
    await again.context().close()
  })

  await step('a challenge is created and launched', () => at.launch(admin, 'before'))

  await step('the host page cannot embed it before its site is registered', async () => {
    const early = await person(phone)
    const refused = early.waitForResponse(response => response.url().includes('/api/v1/') && response.status() === 403)
    await early.goto(at.hostOrigin)
    await refused
    await early.context().close()
  })

  await step('the site is registered and the snippet is there to copy', async () => {
    await at.register(admin)
    await admin.goto(`${at.base}/console`)
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
    await fan.goto(at.hostOrigin)
    night = await enter(fan, real, '外滩夜景，江风很大 #上海', '林小满')
    await second.goto(at.hostOrigin)
    shop = await enter(second, await drawing('second.jpg', '#08f'), 'The bridge at midnight #Wuhan', 'Daniel')
    assert.notEqual(night, shop)
  })

  await step('a moderator publishes both with the keyboard', async () => {
    for (let left = 2; left > 0; left--) {
      await until('an entry waits in the queue', async () => {
        await admin.goto(`${at.base}/console/queue`)
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
    await voter.goto(`${at.base}/c/night`)
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
    await until('the browser has proved that the votes stand in the log', async () =>
      /stand in the public log: [1-9]/.test(await voter.getByTestId('proof').innerText({ timeout: 1000 }).catch(() => '')))
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
    await visitor.goto(`${at.base}/e/${night}?lang=zh-CN`)
    assert.match(await visitor.locator('main').innerText(), /外滩夜景/)
    assert.match(await visitor.locator('meta[property="og:image"]').getAttribute('content'), /^http:\/\/localhost:\d+\/m\/e_/)
    await visitor.goto(`${at.base}/c/night#${night}`)
    await visitor.getByTestId('viewer').getByText('外滩夜景').waitFor()
    await visitor.goto(at.base)
    assert.match(await visitor.locator('main').innerText(), /A million night views/)
    await visitor.context().close()
  })

  await step('a restarted server has lost nothing, and the widget comes back by itself', async () => {
    const state = fan.getByTestId('live-state')
    await at.stop()
    await until('the widget says that it is not live', async () => await state.innerText() !== 'Live')
    await at.serve()
    await until('it is live again', async () => await state.innerText() === 'Live')
    assert.match(await fan.getByTestId('totals').innerText(), /Votes\s*1/)
  })
})

const rank = (page, id) => row(page, id).getByTestId('rank').innerText()
