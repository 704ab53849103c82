// What visitors see and do is counted in a real browser: on a page of another origin, on our own, once, and not against their will.
// Needs bin/fanfare (make build) and chromium.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { desk, embedding, fill, Installation, phone, send, until } from './installation.mjs'

const at = new Installation()
const step = at.step.bind(at)

before(() => at.start({
  '/': () => embedding(at.base), '/?utm_source=weibo': () => embedding(at.base),
  '/below': () => { const [type, page] = embedding(at.base); return [type, page.replace('<h1>', '<h1 style="margin-bottom:3000px">')] },
}))
after(() => at.end())

// A browser that says it is headless is nobody's.
const userAgent = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'

/** visitor opens a browser whose reports are kept, with what became of them. */
async function visitor(viewport = phone, prepare = async () => {}) {
  const page = await at.person(viewport, { userAgent })
  page.reports = []
  await prepare(page)
  page.context().on('request', request => {
    if (!request.url().endsWith('/api/v1/events')) return
    const report = { ...JSON.parse(request.postData()), headers: request.headers() }
    report.status = request.response().then(response => response?.status(), () => undefined)
    page.reports.push(report)
  })
  return page
}

/** told waits until a report has an event, and returns the report. */
async function told(page, metric) {
  const found = () => page.reports.find(({ events }) => events.some(event => event.metric === metric))
  await until(`somebody is told of a ${metric}`, () => found() !== undefined)
  return found()
}

const events = page => page.reports.flatMap(report => report.events.map(({ metric, entry = '', n }) => `${metric} ${entry} ${n}`)).sort().join('; ')

test('what visitors see and do is counted', { timeout: 240_000 }, async () => {
  const admin = await at.person(desk)
  await at.becomeAdministrator(admin)
  await at.launch(admin, 'after')
  await at.register(admin)
  const author = await at.person(phone)
  await author.goto(at.hostOrigin)
  const drawn = await at.person({ width: 900, height: 600 })
  await drawn.setContent('<body style="margin:0;background:linear-gradient(#fa0,black)">')
  await fill(author, await at.keep('photo.jpg', await drawn.screenshot({ type: 'jpeg' })), 'The river #night', 'Lin')
  const entry = await send(author)
  const fan = await visitor()

  await step('a widget on another web site tells of a visit by its channel, and of an impression', async () => {
    await fan.goto(`${at.hostOrigin}/?utm_source=weibo`)
    const report = await told(fan, 'impression')
    assert.equal(events(fan), 'impression  1; visit  1')
    assert.equal(report.via, 'weibo')
    assert.equal(report.challenge, 'night')
    assert.equal(await report.status, 204)
    assert.equal(report.headers.cookie, undefined)
    assert.match(report.headers['content-type'], /^text\/plain/, 'it takes a preflight')
  })

  await step('a photo that is opened is told of when the page goes to the background', async () => {
    await fan.locator(`[data-testid=row][data-entry=${entry}]`).getByTestId('open').click()
    await fan.getByTestId('viewer').waitFor()
    await fan.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    const report = await told(fan, 'view')
    assert.deepEqual(report.events, [{ metric: 'view', entry: 1, n: 1 }])
    assert.equal(report.via, 'weibo')
  })

  await step('the page of a photo tells of a view and of sharing', async () => {
    fan.reports.length = 0
    await fan.goto(`${at.base}/e/${entry}`)
    await fan.getByRole('button', { name: 'Copy' }).click()
    await told(fan, 'share')
    assert.equal(events(fan), 'share 1 1; view 1 1; visit  1')
    assert.equal(fan.reports[0].via, undefined)
  })

  await step('the same visitor is the same visit for half an hour', async () => {
    fan.reports.length = 0
    await fan.goto(at.hostOrigin)
    const report = await told(fan, 'impression')
    assert.equal(events(fan), 'impression  1')
    assert.equal(report.via, 'weibo')
  })

  await step('a report that was not answered comes again and is the same', async () => {
    let lost = 0
    const unlucky = await visitor(phone, page => page.context().route('**/api/v1/events', route => lost++ ? route.continue() : route.abort()))
    await unlucky.goto(at.hostOrigin)
    await until('it comes again', () => unlucky.reports.length === 2)
    assert.equal(unlucky.reports[0].batch, unlucky.reports[1].batch)
    assert.equal(await unlucky.reports[1].status, 204)
    await unlucky.context().close()
  })

  await step('what nobody scrolled to was not seen', async () => {
    const above = await visitor()
    await above.goto(`${at.hostOrigin}/below`)
    await above.waitForResponse(response => response.url().endsWith('/assets/events.js'))
    await above.mouse.wheel(0, 100)
    await until('the collector watches', () => above.evaluate(() => document.querySelector('fanfare-challenge').shadowRoot !== null))
    await above.goto('about:blank')
    assert.equal(events(above), '')
    await above.goto(`${at.hostOrigin}/below`)
    await above.locator('fanfare-challenge').scrollIntoViewIfNeeded()
    await above.evaluate(() => scrollTo(0, 3000))
    await told(above, 'impression')
    await above.context().close()
  })

  await step('who asks not to be counted is not counted', async () => {
    const shy = await visitor(phone, page => page.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })
    }))
    const asked = shy.waitForResponse(response => response.url().endsWith('/assets/events.js'))
    await shy.goto(at.hostOrigin)
    await asked
    await shy.locator(`[data-testid=row][data-entry=${entry}]`).getByTestId('open').click()
    await shy.getByTestId('viewer').waitFor()
    await shy.goto('about:blank')
    assert.equal(events(shy), '')
    assert.equal(await shy.evaluate(() => localStorage?.length ?? 0).catch(() => 0), 0)
    await shy.context().close()
  })

  await step('staff are not counted on our own pages', async () => {
    await admin.goto(`${at.base}/c/night`)
    assert.equal(await admin.locator('fanfare-challenge[uncounted]').count(), 1)
    await admin.goto(`${at.base}/e/${entry}`)
    assert.equal(await admin.locator('[data-counted]').count(), 0)
    await fan.goto(`${at.base}/c/night`)
    assert.equal(await fan.locator('fanfare-challenge[uncounted]').count(), 0)
  })
})
