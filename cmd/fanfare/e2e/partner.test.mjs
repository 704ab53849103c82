// A partner's whole way, on a phone: from the letter that invites them to the sale that their post brought, which marketers read on
// the dashboard and in the report. Everybody clicks and types; only the shop is a program, as shops are.
// Needs bin/fanfare (make build) and chromium.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { desk, fill, Installation, phone, send, until } from './installation.mjs'
import { PostOffice } from './post_office.mjs'

const at = new Installation()
const office = new PostOffice()
const { person, step } = { person: at.person.bind(at), step: at.step.bind(at) }

before(async () => at.start({}, ['--smtp', await office.start()]))
after(async () => {
  await at.end()
  office.end()
})

// A browser that says it is headless is nobody's click.
const userAgent = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'
const touch = { hasTouch: true, isMobile: true, userAgent }
const post = 'https://weibo.com/7012345678/Nh4xQz1ab'
const sale = 18_900 // fen: tables of sums are in whole yuan

/** letterTo waits for a letter to an address that says what is looked for, and returns what was found. */
async function letterTo(address, pattern) {
  const found = () => office.to(address).map(text => text.match(pattern)).findLast(Boolean)
  await until(`a letter to ${address} says ${pattern}`, found)
  return found()
}

/** saved clicks what downloads a file, and returns its name and what is in it. */
async function saved(page, link) {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
}

/** unzipped are the files of an archive by their names. */
function unzipped(archive) {
  const files = {}
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  let entry = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed, named, extra, said, header] = [
      archive.readUInt16LE(entry + 10), archive.readUInt32LE(entry + 20), archive.readUInt16LE(entry + 28), archive.readUInt16LE(entry + 30),
      archive.readUInt16LE(entry + 32), archive.readUInt32LE(entry + 42),
    ]
    const from = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
    const content = archive.subarray(from, from + packed)
    files[archive.toString('utf8', entry + 46, entry + 46 + named)] = method === 8 ? inflateRawSync(content) : content
    entry += 46 + named + extra + said
  }
  return files
}

/** sold has a shop tell of an order, signed (Standard Webhooks). */
async function sold(shop, order) {
  const body = JSON.stringify({ type: 'order.paid', timestamp: new Date().toISOString(), data: order })
  const [id, moment] = [`msg_${order.order}`, String(Math.floor(Date.now() / 1000))]
  const signature = createHmac('sha256', Buffer.from(shop.secret.replace('whsec_', ''), 'base64')).update(`${id}.${moment}.${body}`).digest('base64')
  const answer = await fetch(shop.address, {
    method: 'POST', body,
    headers: { 'Content-Type': 'application/json', 'webhook-id': id, 'webhook-timestamp': moment, 'webhook-signature': `v1,${signature}` },
  })
  return { status: answer.status, ...await answer.json() }
}

/** wide holds that a page is not wider than its window. */
async function wide(page) {
  const [inside, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(inside <= window, `${page.url()} is ${inside} px wide in a window of ${window}`)
}

test('a partner reposts a photo, and what it sells is in the report', { timeout: 120_000 }, async () => {
  const admin = await person(desk)
  let campaign, fan, entry, partner, tracked, token
  const shop = {}

  await step('a fan enters a photo and lets partners repost it', async () => {
    await at.becomeAdministrator(admin)
    await at.launch(admin, 'after')
    const drawn = await person({ width: 1200, height: 900 })
    await drawn.setContent('<body style="margin:0;background:radial-gradient(circle at 70% 40%,#fd6,#247 40%,#012)">')
    const photo = await at.keep('river.jpg', await drawn.screenshot({ type: 'jpeg', quality: 90 }))
    await drawn.context().close()
    fan = await person(phone, { ...touch, userAgent: undefined })
    await fan.goto(`${at.base}/c/night`)
    await fill(fan, photo, 'The river at blue hour #night', 'Lin Xiaoman')
    await fan.getByTestId('city').selectOption('wuhan')
    assert.equal(await fan.getByTestId('rights-allow').isChecked(), false, 'it is ticked for the fan')
    await fan.getByTestId('rights-allow').check()
    entry = await send(fan)
    await until('it is published', async () => (await fetch(`${at.base}/api/v1/entries/${entry}`)).ok)
  })

  await step('a marketer plans the partner and connects a shop', async () => {
    await admin.goto(`${at.base}/console/campaigns`)
    campaign = new URL(await admin.locator('.campaign-row a.row-main').first().evaluate(a => a.href)).pathname
    await admin.goto(`${at.base}${campaign}/plan`)
    await admin.locator('details:has(#f-partners) > summary').click()
    await admin.locator('[name=partner_zh]').first().fill('武汉文旅')
    await admin.locator('[name=partner_en]').first().fill('Wuhan Tourism')
    await admin.locator('[name=partner_id]').first().fill('wuhan')
    await admin.locator('.plan-form').getByRole('button', { name: 'Save' }).click()
    await admin.getByText('Saved.').waitFor()
    await admin.goto(`${at.base}${campaign}/orders/shops`)
    await admin.locator('[name=shop_name]').fill('Camera shop')
    await admin.locator('[name=shop_kind][value=standard]').check()
    await admin.locator('form.stack button').click()
    shop.secret = await admin.locator('#secret').inputValue()
    shop.address = await admin.locator('#address').inputValue()
  })

  await step('the letter of invitation leads to the desk', async () => {
    await admin.goto(`${at.base}/console/staff`)
    await admin.locator('[name=email]').fill('office@wuhan.example')
    await admin.locator('[name=role][value=partner]').check()
    await admin.locator('[name=partner]').selectOption({ label: (await admin.locator('[name=partner] option').allInnerTexts()).find(text => text.includes('Wuhan')) })
    await admin.getByRole('button', { name: 'Send invitation' }).click()
    const [link] = await letterTo('office@wuhan.example', /http:\S+\/console\/join\?\S+/)
    partner = await person(phone, touch)
    await partner.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await partner.goto(link)
    await partner.getByLabel('Your name').fill('Wang Fang')
    await partner.getByLabel('password').fill('a few words in a row')
    await partner.getByRole('button', { name: 'Join' }).click()
    await partner.waitForURL(/\/console\/partner/)
    await wide(partner)
    assert.match(await partner.locator('.desk-card').innerText(), /Lin Xiaoman/)
  })

  await step('the kit has pictures, a text to copy, and all of it in one file', async () => {
    await partner.locator('.desk-card').getByRole('link', { name: /kit/i }).last().click()
    await partner.locator('.kit-outlets a', { hasText: 'Weibo' }).click()
    const pictures = partner.locator('.kit-real')
    for (const picture of await pictures.all()) {
      await picture.scrollIntoViewIfNeeded()
      await until('the picture is there', () => picture.evaluate(img => img.complete && img.naturalWidth > 0))
    }
    assert.ok(await pictures.count() > 0)
    await wide(partner)
    await partner.locator('[data-copy=t-en]').click()
    const copied = await partner.evaluate(() => navigator.clipboard.readText())
    tracked = copied.match(/http:\S+\/t\/\w+/)[0]
    assert.match(copied, /Lin Xiaoman/)
    const zip = await saved(partner, partner.getByRole('link', { name: 'Download all' }))
    const files = unzipped(zip.content)
    const weibo = Object.keys(files).filter(name => name.includes('/weibo/') && name.endsWith('.jpg'))
    assert.equal(weibo.length, await pictures.count(), `${zip.name} has ${Object.keys(files)}`)
    for (const name of weibo) assert.equal(files[name].readUInt16BE(0), 0xffd8, `${name} is no JPEG`)
  })

  await step('the post is told of by its address', async () => {
    await partner.getByRole('link', { name: 'I have posted it' }).click()
    await partner.locator('[name=post_address]').fill(`江边的蓝调时刻 ${post} 来自微博`)
    await partner.locator('form.stack button').click()
    await partner.getByText(post).waitFor()
    await wide(partner)
  })

  await step('a visitor comes by its link and buys', async () => {
    const visitor = await person(phone, touch)
    await visitor.goto(tracked)
    const landed = new URL(visitor.url())
    assert.equal(landed.pathname, `/e/${entry}`)
    token = landed.searchParams.get('ff')
    const order = await sold(shop, { order: '1001', amount: sale, currency: 'CNY', placed_at: new Date().toISOString(), ff: token })
    assert.deepEqual([order.status, order.attributed_by], ['booked', 'click'])
  })

  const gmv = /¥\s?189\b/

  await step('the partner reads what the post brought', async () => {
    await partner.goto(`${at.base}/console/partner/reposts`)
    const line = await partner.locator('.post-row').innerText()
    assert.match(line, gmv)
    await wide(partner)
  })

  await step('the marketer reads it on the dashboard', async () => {
    await until('the dashboard has it', async () => {
      await admin.goto(`${at.base}${campaign}/numbers`)
      const figure = admin.locator('#m-gmv b')
      return await figure.count() > 0 && gmv.test(`${await figure.innerText()} ${await figure.getAttribute('title')}`)
    })
    assert.match(await admin.locator('.group-table', { hasText: 'Wuhan' }).innerText(), gmv)
  })

  await step('and in the report, as a page and as numbers of a workbook', async () => {
    await admin.goto(`${at.base}${campaign}/report`)
    assert.match(await admin.locator('.report-table', { hasText: 'Wuhan' }).first().innerText(), gmv)
    const book = unzipped((await saved(admin, admin.getByRole('link', { name: 'Excel' }))).content)
    const sheets = Object.keys(book).filter(name => /^xl\/worksheets\/sheet\d+\.xml$/.test(name)).map(name => String(book[name]))
    const words = [...String(book['xl/sharedStrings.xml'] ?? '').matchAll(/<t[^>]*>([^<]*)<\/t>/g)].map(([, text]) => text)
    const rows = sheets.flatMap(sheet => sheet.match(/<row [\s\S]*?<\/row>/g) ?? [])
    assert.ok(rows.some(row => /<v>189(\.00?)?<\/v>/.test(row)), 'no cell of the workbook has the sale as a number')
    assert.ok([...words, ...rows].some(text => text.includes(post)), 'the workbook does not name the post')
  })

  await step('the fan takes the permission back, and the partner is asked to take the post down', async () => {
    await fan.getByTestId('tab-mine').click()
    await fan.getByTestId('rights-change').click()
    await fan.getByTestId('rights-allow').uncheck()
    await fan.getByTestId('rights-save').click()
    await letterTo('office@wuhan.example', /weibo\.com\/7012345678/)
    await partner.goto(`${at.base}/console/partner/entries/${entry}/kit`)
    assert.equal(await partner.locator('.kit-real').count(), 0)
    await partner.goto(`${at.base}/console/partner`)
    assert.equal(await partner.locator('.desk-card').count(), 0)
    await wide(partner)
    await partner.locator('.due-notice a').click()
    await partner.locator('.posts-due').getByRole('button', { name: 'It is gone' }).click()
    await until('nothing is due', async () => await partner.locator('.posts-due').count() === 0)
    await admin.goto(`${at.base}${campaign}/reposts`)
    assert.equal(await admin.locator('.posts-due').count(), 0)
  })
})
