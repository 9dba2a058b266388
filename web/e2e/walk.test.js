// The first walk through the house on its page: cards to press, rooms to pick, left and taken up; at the width of a phone.
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

const get = async (path) => (await fetch(`${house.url}${path}`)).json();
const send = (path, method, body) => fetch(`${house.url}${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const field = (page) => page.getByRole('textbox', { name: /^Talk to/ });
async function say(page, text) {
  await field(page).fill(text);
  await field(page).press('Enter');
}
const card = (page, phase) => page.locator(`[data-phase="${phase}"]`);

async function readable(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
  await page.screenshot({ path: new URL(`${name}.png`, pictures).pathname });
  assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it scrolls sideways');
}

test('a phone walks through the house by words and by presses', async () => {
  const { page, context, faults } = await openPage(browser, house.url, { viewport: { width: 390, height: 844 } });
  try {
    await goLive(page, house.url);
    await page.getByRole('button', { name: /^Talk/ }).click();
    await page.getByRole('button', { name: 'Walk with me through the house' }).click();
    await card(page, 'name').waitFor();
    await say(page, 'We call it Maple House');
    await card(page, 'place').getByRole('button', { name: 'Skip' }).click();
    await card(page, 'rooms').waitFor();
    await say(page, 'a music room and an orchard');
    await card(page, 'doorways').or(card(page, 'things')).first().waitFor();
    await say(page, 'The music room leads to the orchard');
    await until('the doorway is on the map', async () => {
      const { areas } = await get('/api/areas');
      const music = areas.find((it) => it.slug === 'music_room');
      return music?.neighbours?.length === 1;
    });
    assert.equal((await get('/api/house')).name, 'Maple House');
    await readable(page, 'walk-390');
    await page.getByRole('button', { name: 'Go on later' }).click();
    await page.locator('[data-phase]').waitFor({ state: 'detached' });
    await say(page, 'go on with the walk');
    await page.locator('[data-phase]').waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test('a question of a rule stands in the conversation and is answered by a press', async () => {
  const { page, context, faults } = await openPage(browser, house.url);
  try {
    await goLive(page, house.url);
    const scenario = { name: 'Ask me', then: [{ ask: 'Shall I go on?', yes: [{ notify: 'Then I go on.' }], no: [] }] };
    const added = await send('/api/scenarios', 'POST', scenario);
    assert.equal(added.status, 201, await added.text());
    await send('/api/scenarios/ask-me/run', 'POST', {});
    const opening = page.locator('[role="log"] [data-opening="question"]');
    await opening.waitFor();
    await readable(page, 'opening-1440');
    await opening.getByRole('button', { name: 'Yes' }).click();
    await until('the run went on', async () => (await get('/api/automation/questions')).questions.length === 0);
    await opening.waitFor({ state: 'detached' });
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
