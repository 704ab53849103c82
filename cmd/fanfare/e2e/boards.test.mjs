// The boards of a challenge in a real browser: fans change between them, compare friends by a link, and come back to a page
// that lay in the background. Needs bin/fanfare (make build) and chromium.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { desk, embedding, fill, Installation, phone, send, until } from './installation.mjs'

const at = new Installation()
const person = at.person.bind(at), step = at.step.bind(at)
const together = '/?fanfare-friends=2.1'

before(() => at.start({ '/': () => embedding(at.base), [together]: () => embedding(at.base) }))
after(() => at.end())

/** enter sends a drawn photo of a city from the widget and returns the entry's identifier. */
async function enter(page, caption, city, colour) {
  const easel = await person({ width: 900, height: 600 })
  await easel.setContent(`<body style="margin:0;background:linear-gradient(${colour},black)">`)
  const photo = await at.keep(`${city}.jpg`, await easel.screenshot({ type: 'jpeg', quality: 90 }))
  await easel.context().close()
  await fill(page, photo, caption, 'Fan')
  await page.getByTestId('city').selectOption(city)
  return send(page)
}

const row = (page, id) => page.locator(`[data-testid=row][data-entry=${id}]`)
const order = page => page.getByTestId('row').evaluateAll(rows => rows.map(row => row.dataset.entry ?? row.dataset.group))
const live = page => until('it is live', async () => await page.getByTestId('live-state').innerText() === 'Live')

/** stands waits until a page's board has the rows in this order. */
const stands = (page, ...ids) => until(`the rows are ${ids}`, async () => `${await order(page)}` === `${ids}`)

/** hide tells a page that nobody looks at it, or that somebody does again, as a browser does. */
const hide = (page, hidden) => page.evaluate(hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
  document.dispatchEvent(new Event('visibilitychange'))
}, hidden)

test('fans change between boards, compare friends, and come back from the background', { timeout: 240_000 }, async t => {
  const admin = await person(desk)
  await at.becomeAdministrator(admin)
  await at.launch(admin, 'after')
  await at.register(admin)

  const fan = await person(phone, { hasTouch: true, isMobile: true })
  const voter = await person(desk)
  let bridge, tower

  await step('photos of two cities stand on the overall board', async () => {
    await fan.goto(at.hostOrigin)
    bridge = await enter(fan, 'The bridge', 'wuhan', '#08f')
    tower = await enter(fan, 'The tower', 'shanghai', '#fa0')
    await voter.goto(`${at.base}/c/night?lang=en`)
    await stands(voter, bridge, tower)
    await live(voter)
  })

  await step('two open widgets are told that two watch', async () => {
    await until('two watch', async () => /2 watching/.test(await voter.getByTestId('pulse').innerText()))
  })

  await step('a city has a board of its own, which moves live on the same socket', async () => {
    const opened = []
    fan.on('websocket', socket => opened.push(socket.url()))
    await fan.getByTestId('tab-board').click()
    await fan.getByTestId('board-city').selectOption('shanghai')
    await stands(fan, tower)
    await row(voter, tower).getByTestId('vote').click()
    await until('the vote is seen', async () => await row(fan, tower).getByTestId('score').innerText() === '1')
    assert.deepEqual(opened, [], 'another socket was opened')
    assert.match(await fan.getByTestId('totals').innerText(), /Photos\s*2/, 'the head tells of the city alone')
  })

  await step('cities compete, and one leads to its board', async () => {
    await fan.getByTestId('board-cities').click()
    await stands(fan, 'shanghai', 'wuhan')
    await fan.getByTestId('by-average').click()
    await fan.getByText('too few for an average').first().waitFor()
    await fan.getByTestId('group').filter({ hasText: 'Wuhan' }).click()
    await stands(fan, bridge)
  })

  await step('what rose lately is told by what it gained', async () => {
    await fan.getByTestId('board-rising').click()
    await stands(fan, tower)
    assert.equal(await row(fan, tower).getByTestId('score').innerText(), '+1')
  })

  await step('the board is remembered', async () => {
    await fan.getByTestId('board-city').selectOption('wuhan')
    await stands(fan, bridge)
    await fan.reload()
    await live(fan)
    await stands(fan, bridge)
    assert.equal(await fan.getByTestId('board-city').inputValue(), 'wuhan')
  })

  await step('boards are changed with the keyboard', async () => {
    await fan.getByTestId('board-').focus()
    await fan.keyboard.press('Enter')
    await stands(fan, tower, bridge)
    assert.equal(await fan.getByTestId('board-').getAttribute('aria-pressed'), 'true')
    await fan.keyboard.press('Tab')
    await fan.keyboard.press('Space')
    await stands(fan, tower)
  })

  await step('a friend\'s link leads to the board of both, which can be shared again', async () => {
    const friend = await person(phone, { permissions: ['clipboard-read', 'clipboard-write'] })
    await friend.goto(at.hostOrigin + together)
    await live(friend)
    await stands(friend, tower, bridge)
    await friend.getByTestId('copy-link').click()
    await until('the link is copied', async () => await friend.evaluate(() => navigator.clipboard.readText()) === `${at.hostOrigin}/?fanfare-friends=1.2`)
    await row(friend, bridge).getByTestId('unfriend').click()
    await stands(friend, tower)
    await friend.getByTestId('friend').fill('1')
    await friend.getByTestId('add-friend').click()
    await stands(friend, tower, bridge)
    await friend.context().close()
  })

  await step('a page in the background draws nothing, and catches up at once when it is looked at', async () => {
    await fan.getByTestId('board-').click()
    await stands(fan, tower, bridge)
    await hide(fan, true)
    await fan.evaluate(() => {
      window.drawn = 0
      const watch = new MutationObserver(changes => { window.drawn += changes.length })
      watch.observe(document.querySelector('fanfare-challenge').shadowRoot, { subtree: true, childList: true, characterData: true, attributes: true })
    })
    await row(voter, tower).getByTestId('vote').click()
    await row(voter, bridge).getByTestId('vote').click()
    await stands(voter, bridge, tower)
    assert.deepEqual(await order(fan), [tower, bridge], 'the hidden page was drawn')
    assert.equal(await fan.evaluate(() => window.drawn), 0, 'the hidden page was touched')
    const asked = []
    fan.on('request', request => asked.push(request.url()))
    await hide(fan, false)
    await stands(fan, bridge, tower)
    assert.deepEqual(asked.filter(url => /\/board\?/.test(url)), [], 'it asked for what the frame that was kept tells')
  })
})
