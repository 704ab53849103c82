// Passkeys in a real browser, whose device is Chromium's own virtual one: somebody adds one, signs in with it alone, shows it
// beside a password, and proves with it that it is really them.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Installation, phone, until } from './installation.mjs'

const at = new Installation()
const { person, step } = { person: at.person.bind(at), step: at.step.bind(at) }

before(() => at.start({}))
after(() => at.end())

/** device gives a page's browser a device that holds passkeys and knows its owner. */
async function device(page) {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  return {
    /** knows says whether whoever holds it is its owner. */
    knows: isUserVerified => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    async keys() { return (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials },
  }
}

test('a passkey signs in without a password', { timeout: 120_000 }, async () => {
  const ada = await person(phone)
  const held = await device(ada)
  const account = `${at.base}/console/account`
  const signOut = async () => {
    await ada.goto(account)
    await ada.getByRole('button', { name: 'Sign out', exact: true }).first().click()
    await ada.waitForURL(/sign-in/)
  }

  await step('a passkey is added with the password, and recovery codes come with it', async () => {
    await at.becomeAdministrator(ada)
    await ada.goto(account)
    await ada.locator('#passkeys summary').last().click()
    await ada.locator('#passkeys [name=current]').last().fill('a few words in a row')
    await ada.getByRole('button', { name: 'Add a passkey' }).click()
    await ada.locator('[name=name]').fill('Phone')
    await ada.getByRole('button', { name: 'Create passkey' }).click()
    await ada.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    assert.equal(await ada.locator('.codes li').count(), 10)
    assert.equal((await held.keys()).length, 1)
  })

  await step('it signs in alone, by the keyboard', async () => {
    await signOut()
    const button = ada.getByRole('button', { name: 'Sign in with a passkey' })
    await button.focus()
    await ada.keyboard.press('Enter')
    await ada.waitForURL(/\/console(\?|$)/)
    await ada.goto(account)
    assert.match(await ada.locator('#passkeys').innerText(), /Phone\s[\s\S]*Last used/)
  })

  await step('who is not its owner is refused with a sentence', async () => {
    await signOut()
    await held.knows(false)
    await ada.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await ada.getByText('That was cancelled or took too long.').waitFor()
    await held.knows(true)
  })

  await step('beside a password it stands in for a code', async () => {
    await ada.getByLabel('Mail address').fill('ada@example.org')
    await ada.getByLabel('Password').fill('a few words in a row')
    await ada.getByRole('button', { name: 'Sign in', exact: true }).click()
    await ada.getByRole('button', { name: 'Use a passkey' }).click()
    await ada.waitForURL(/\/console(\?|$)/)
  })

  await step('the same device is not added twice', async () => {
    await ada.goto(account)
    await ada.locator('#passkeys summary').last().click()
    await ada.locator('#passkeys form').last().getByRole('button', { name: 'Confirm with a passkey' }).click()
    await ada.getByRole('button', { name: 'Create passkey' }).click()
    await ada.getByText('This device holds a passkey of yours already.').waitFor()
  })

  await step('it proves that it is really them, and is gone', async () => {
    await ada.goto(account)
    await ada.locator('#passkeys .rows summary').click()
    await ada.locator('#passkeys .rows').getByRole('button', { name: 'Confirm with a passkey' }).click()
    await ada.getByText('The passkey is removed here.').waitFor()
    await until('no passkey is listed', async () => await ada.locator('#passkeys .rows').count() === 0)
    await signOut()
    await ada.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await ada.getByText('The passkey was not accepted.').waitFor()
  })

  await step('a browser without passkeys says so', async () => {
    const old = await person(phone)
    await old.addInitScript(() => { delete window.PublicKeyCredential })
    await old.goto(`${at.base}/console/sign-in`)
    await old.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await old.getByText('This browser has no passkeys').waitFor()
  })
})
