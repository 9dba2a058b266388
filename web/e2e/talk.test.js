// Talking with the house on its page: said, done, taken back, asked back, looked up, stopped; the real server throughout.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { goLive, launch, openPage } from './browser.js';
import { startHouse, until } from './server.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const pictures = new URL('../test-results/', import.meta.url);

let house;
let browser;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  house = await startHouse();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});

function inPage(name, run, options) {
  test(name, async () => {
    const opened = await openPage(browser, house.url, options);
    try {
      await run(opened);
      assert.deepEqual(opened.faults, []);
    } finally {
      await opened.context.close();
    }
  });
}

const isOn = async (slug) => (await house.device(slug)).capabilities.find((it) => it.name === 'OnOff').properties.find((it) => it.name === 'on_off').reported?.value;
const field = (page) => page.getByRole('textbox', { name: /^Talk to/ });
async function say(page, text) {
  await field(page).fill(text);
  await field(page).press('Enter');
}
const answer = (page) => page.locator('[data-said="said"]').last();

async function readable(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
  await page.screenshot({ path: new URL(`${name}.png`, pictures).pathname });
  assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it scrolls sideways');
}

inPage('what is said is done, its outcome stands there, and Undo takes it back', async ({ page }) => {
  const lamp = await house.deviceWith('OnOff.on_off', (it) => it.kind === 'light' && it.area);
  const was = await isOn(lamp.slug);
  await goLive(page, house.url);
  await say(page, `Turn ${was ? 'off' : 'on'} the ${lamp.name}`);
  await page.locator('[data-outcome="reached"]').waitFor();
  await until('the device says so', async () => (await isOn(lamp.slug)) === !was);
  await page.getByRole('button', { name: /^Undo:/ }).click();
  await page.locator('[data-outcome="undone"]').getByText('Taken back.').waitFor();
  await until('it is as it was', async () => (await isOn(lamp.slug)) === was);
  await readable(page, 'talk-1440');
});

inPage('an answer about a figure leads to its data', async ({ page }) => {
  const sensor = (await house.devices()).find((it) => it.capabilities.some((one) => one.name === 'TemperatureMeasurement') && it.area);
  await goLive(page, house.url);
  await say(page, `How warm is it in the ${sensor.area.name}?`);
  const row = answer(page).locator('.evidence a').first();
  await row.waitFor();
  await row.click();
  await page.waitForURL(/\/devices\//);
  // The conversation went along.
  await answer(page).waitFor();
});

inPage('where several things are meant one chooses by a press', async ({ page }) => {
  await goLive(page, house.url);
  await say(page, 'Unlock and open everything that I did not name');
  await answer(page).locator('.voice').waitFor();
  // Whatever it says, nothing was done.
  assert.equal(await page.locator('[data-outcome="reached"]').count(), 0);
  const chips = page.getByRole('group', { name: /Answers|You could say/ }).getByRole('button');
  if ((await chips.count()) > 0) {
    const words = await chips.first().innerText();
    await chips.first().click();
    await page.locator('.person').last().getByText(words).waitFor();
  }
});

inPage('on a phone it is a sheet that the keyboard opens, leaves and finds again', async ({ page }) => {
  await goLive(page, house.url);
  const talk = page.getByRole('button', { name: 'Talk', exact: true }).first();
  await talk.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Conversation' }).waitFor();
  await say(page, 'How are you?');
  await answer(page).locator('.voice').waitFor();
  await readable(page, 'talk-390');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), 'Talk');
  // It is kept: after a reload it goes on.
  await page.reload();
  await talk.click();
  await page.getByText('How are you?').waitFor();
}, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });

inPage('what takes long is stopped, and what was said stays', async ({ page }) => {
  let go;
  const held = new Promise((done) => (go = done));
  await page.route('**/api/chat', async (route) => {
    await held;
    await route.abort().catch(() => undefined);
  });
  await goLive(page, house.url);
  await say(page, 'Think long');
  await page.getByText('Thinking').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('[data-said="stopped"]').waitFor();
  go();
  await page.locator('.person').last().getByText('Think long').waitFor();
});

inPage('conversations are found again and deleted', async ({ page }) => {
  await goLive(page, house.url);
  await say(page, 'Which lights are on?');
  await answer(page).locator('.voice').waitFor();
  await page.getByRole('button', { name: 'New' }).click();
  await page.getByRole('link', { name: 'Conversation', exact: true }).click();
  const mine = page.locator('[data-conversation]').filter({ hasText: 'Which lights are on?' }).first();
  await mine.getByRole('button', { name: /Which lights/ }).first().click();
  await page.locator('.person').getByText('Which lights are on?').waitFor();
  await mine.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('button', { name: 'Yes, do it' }).click();
  await page.getByRole('status').getByText('It is deleted.').waitFor();
  assert.equal(await page.locator('.person').count(), 0);
});
