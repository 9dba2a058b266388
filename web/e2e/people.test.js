// Who may come in: the owner lets a guest into one room, and out again; a second factor; a token. The real
// server in production throughout.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, openPage } from './browser.js';
import { startHouse, until } from './server.js';

const key = () => randomBytes(32).toString('base64');
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const PASSWORD = 'a long password';

let house;
let browser;

before(async () => {
  house = await startHouse({ ENVIRONMENT: 'production', SECRET_KEY: key(), JWT_SECRET_KEY: key() });
  browser = await launch();
  const { page, context } = await openPage(browser, house.url);
  await page.goto(house.url);
  await page.getByRole('textbox', { name: 'Name' }).fill('Anna');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'This is my house' }).click();
  await live(page);
  // Asked of the page: it counts by itself, and a hasty test would be asked to wait.
  const theirs = await until('the simulator has devices', async () => (await house.simulated()).length);
  await page.waitForFunction((least) => Number(document.querySelector('strong[data-fact=devices]')?.innerText.match(/(\d+) online/)?.[1]) >= least, theirs, { timeout: 90_000 });
  await context.close();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});

const live = (page) => page.getByText('Live', { exact: true }).waitFor();

async function signIn(page, name, password = PASSWORD, code = null) {
  await page.goto(house.url);
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  if (code) {
    await page.getByRole('textbox', { name: 'Code' }).fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await live(page);
}

/** No sideways scroll, on the narrowest phone that we promise. */
const fits = async (page) => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);

/** The code of RFC 6238, as an app computes it. */
function code(secret, ahead = 0) {
  const bits = [...secret].map((it) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(it).toString(2).padStart(5, '0')).join('');
  const bytes = Buffer.from(bits.match(/.{8}/g).map((it) => parseInt(it, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const tag = createHmac('sha1', bytes).update(step).digest();
  return String((tag.readUInt32BE(tag[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('a guest comes into one room until tomorrow, sees it alone, and is out when the owner says so', async () => {
  const anna = await openPage(browser, house.url, PHONE);
  const ben = await openPage(browser, house.url, PHONE);
  try {
    await signIn(anna.page, 'Anna');
    const { devices } = await anna.page.evaluate(async () => (await fetch('/api/devices?limit=500')).json());
    const room = devices.find((it) => it.area && it.kind === 'light').area;
    const inside = devices.filter((it) => it.area?.slug === room.slug);
    const elsewhere = devices.filter((it) => it.area?.slug !== room.slug);
    assert.ok(elsewhere.length > 5);

    // By way of More, as on a phone.
    await anna.page.locator('nav').getByRole('link', { name: /^More/ }).click();
    await anna.page.getByRole('link', { name: /People and access/ }).click();
    await anna.page.getByRole('button', { name: 'Add somebody' }).click();
    const form = anna.page.getByRole('form', { name: 'Add somebody' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Ben');
    await form.getByRole('textbox', { name: 'Password' }).fill('short');
    await form.getByRole('combobox', { name: 'Role' }).selectOption('guest');
    await form.getByRole('radio', { name: 'Only some rooms' }).check();
    await form.getByRole('checkbox', { name: room.name, exact: true }).check();
    await form.getByRole('button', { name: 'Tomorrow' }).click();
    await form.getByRole('button', { name: 'Make one up' }).click();
    const password = await form.getByRole('textbox', { name: 'Password' }).inputValue();
    assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    await fits(anna.page);
    await form.getByRole('button', { name: 'Let them in' }).click();
    const card = anna.page.locator('[data-user="Ben"]');
    await card.getByText(`in ${room.name}`).waitFor();
    await card.getByText(/until/).waitFor();

    await signIn(ben.page, 'ben', password);
    const tiles = await ben.page.locator('li[data-device]').evaluateAll((all) => all.map((it) => it.dataset.device));
    assert.ok(tiles.length > 0);
    assert.deepEqual(tiles.filter((slug) => !inside.some((it) => it.slug === slug)), []);
    const shown = await ben.page.locator('body').innerText();
    for (const it of elsewhere) assert.ok(!shown.includes(it.name) || inside.some((one) => one.name.includes(it.name)), it.name);
    await fits(ben.page);
    // What is not theirs is not offered, and says so where its address is known.
    assert.equal(await ben.page.getByRole('button', { name: 'Talk' }).count(), 0);
    await ben.page.locator('nav').getByRole('link', { name: /^More/ }).click();
    const offered = await ben.page.locator('main').innerText();
    assert.ok(!/Memory|Timeline|People|Security/.test(offered), offered);
    await ben.page.goto(`${house.url}/memory`);
    await ben.page.getByText('This page is closed to you.').waitFor();
    // A lamp of the room obeys.
    const lamp = inside.find((it) => it.kind === 'light');
    await ben.page.goto(house.url);
    await live(ben.page);
    const main = ben.page.locator(`li[data-device="${lamp.slug}"] button.main`);
    const on = (await main.getAttribute('aria-pressed')) === 'true';
    await main.click();
    await ben.page.locator(`li[data-device="${lamp.slug}"] button.main[aria-pressed="${!on}"]`).waitFor();
    await until('the lamp obeys', async () => (await house.simulatedValue(lamp.slug, 'on_off')) === !on);
    assert.deepEqual(ben.faults, []);

    // The owner sees where Ben is signed in, and ends it: Ben's page is at the door at once.
    await card.getByRole('button', { name: 'Where Ben is signed in' }).click();
    await card.getByRole('button', { name: /^End the session of Chrome/ }).click();
    await ben.page.getByRole('heading', { name: 'Who is there?' }).waitFor();
    assert.equal(await ben.page.locator('li[data-device]').count(), 0);

    // Erased, with what that means said before.
    await card.getByRole('button', { name: 'Remove Ben' }).click();
    await card.getByText(/Erased with that/).waitFor();
    await card.getByRole('button', { name: 'Remove and erase' }).click();
    await card.waitFor({ state: 'detached' });
    // The reasons stand among the security events.
    await anna.page.goto(`${house.url}/security`);
    await anna.page.locator('[data-security=account_removed]').getByText('Anna removed an account').waitFor();
    await anna.page.locator('[data-security=session_revoked]').first().waitFor();
    await fits(anna.page);
    assert.deepEqual(anna.faults, []);
  } finally {
    await anna.context.close();
    await ben.context.close();
  }
});

test('a second factor is switched on, asked for, and switched off', async () => {
  const { page, context, faults } = await openPage(browser, house.url, PHONE);
  try {
    await signIn(page, 'Anna');
    await page.goto(`${house.url}/account`);
    const second = page.getByRole('region', { name: 'Second factor' });
    await second.getByLabel('Your password').fill('not hers');
    await second.getByRole('button', { name: 'Begin' }).click();
    await second.getByRole('alert').getByText(/the name or the password is wrong/i).waitFor();
    await second.getByLabel('Your password').fill(PASSWORD);
    await second.getByRole('button', { name: 'Begin' }).click();
    const secret = await second.locator('[data-fact=secret]').innerText();
    await second.getByRole('img', { name: /picture for an app/ }).waitFor();
    const recovery = await second.locator('[data-fact=recovery] li').allInnerTexts();
    assert.ok(recovery.length >= 5);
    await fits(page);
    await second.getByLabel(/code that the app shows/).fill(code(secret));
    await second.getByRole('button', { name: 'Switch it on' }).click();
    await second.getByText(/^On: signing in takes/).waitFor();

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Who is there?' }).waitFor();
    await signIn(page, 'Anna', PASSWORD, code(secret, 1));
    await page.goto(`${house.url}/account`);
    await second.getByLabel('Your password').fill(PASSWORD);
    await second.getByRole('button', { name: 'Switch it off' }).click();
    await second.getByText(/^Off: your password alone/).waitFor();
    assert.deepEqual(faults.filter((it) => !it.includes('401')), []);
  } finally {
    await context.close();
  }
});

test('a token is made, works, and is refused once it is revoked', async () => {
  const { page, context, faults } = await openPage(browser, house.url, PHONE);
  try {
    await signIn(page, 'Anna');
    await page.goto(`${house.url}/account`);
    const tokens = page.getByRole('region', { name: 'Tokens for programs' });
    await tokens.getByRole('button', { name: 'Make a token' }).click();
    await tokens.getByRole('textbox', { name: 'Name' }).fill('grafana');
    await tokens.getByRole('checkbox', { name: /read_house/ }).check();
    await tokens.getByRole('button', { name: 'Make it' }).click();
    const token = await tokens.locator('[data-fact=token]').innerText();
    await fits(page);
    const asks = async (path) => (await fetch(house.url + path, { headers: { authorization: `Bearer ${token}` } })).status;
    assert.equal(await asks('/api/devices'), 200);
    assert.equal(await asks('/api/memory'), 403, 'only what it was made for');
    await tokens.getByRole('button', { name: 'Revoke grafana' }).click();
    await page.locator('[data-token=grafana]').waitFor({ state: 'detached' });
    assert.equal(await asks('/api/devices'), 401);
    // What is kept comes as a file.
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export it all' }).click();
    const kept = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
    assert.equal(kept.user.name, 'Anna');
    assert.ok(kept.security_events.some((it) => it.kind === 'signed_in'));
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test('the rooms of the server are there for the owner, with figures that move', async () => {
  const { page, context, faults } = await openPage(browser, house.url, PHONE);
  try {
    await signIn(page, 'Anna');
    await page.goto(`${house.url}/loop`);
    const turns = page.locator('[data-fact=turns]');
    await turns.waitFor();
    const before = Number(await turns.getAttribute('data-turns'));
    await page.getByRole('button', { name: 'Turn it now' }).click();
    await page.waitForFunction((was) => Number(document.querySelector('[data-fact=turns]').dataset.turns) > was, before);
    assert.deepEqual(await page.locator('[data-stage]').evaluateAll((all) => all.map((it) => it.dataset.stage)), ['sense', 'analyze', 'feedback', 'learn', 'act']);
    await fits(page);

    await page.goto(`${house.url}/server`);
    await page.locator('[data-fact=memory]').getByText(/MB/).waitFor();
    const learning = page.locator('[data-feature=learning]');
    await learning.getByRole('switch').click();
    await page.locator('[data-feature=learning][data-on=false]').waitFor();
    await learning.getByRole('switch').click();
    await page.locator('[data-feature=learning][data-on=true]').waitFor();
    await page.getByRole('textbox', { name: 'Why' }).fill('a <b>new</b> boiler');
    await page.getByRole('button', { name: 'Begin maintenance' }).click();
    await page.getByRole('status').getByText('a <b>new</b> boiler').waitFor();
    await page.getByRole('button', { name: 'End it' }).click();
    await page.getByRole('button', { name: 'Begin maintenance' }).waitFor();
    await fits(page);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
