// What the house remembers: told, found, put right and forgotten on its page; the real server throughout.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goLive, launch, openPage } from './browser.js';
import { startHouse } from './server.js';

const HOSTILE = 'The stopcock is <img src=x onerror="window.hacked=1"> under the sink 🏠 مرحبا';

let house;
let browser;

before(async () => {
  house = await startHouse();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});

test('a sentence is told, found, put right and forgotten', async () => {
  const { page, context, faults } = await openPage(browser, house.url, { viewport: { width: 390, height: 844 } });
  try {
    await goLive(page, `${house.url}/memory`);
    await page.getByRole('textbox', { name: 'Remember' }).fill(HOSTILE);
    await page.getByRole('combobox', { name: 'as' }).selectOption('note');
    await page.getByRole('button', { name: 'Remember', exact: true }).click();
    await page.getByRole('status').getByText('I will remember it.').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('stopcock');
    const mine = page.locator('[data-memory]');
    await mine.getByText('The stopcock is <img').waitFor();
    await mine.waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator('main img').count(), 0);
    await mine.getByRole('button', { name: /^Correct/ }).click();
    await mine.getByRole('textbox', { name: 'What is right' }).fill('The stopcock is behind the bin.');
    await mine.getByRole('button', { name: 'That is right' }).click();
    await mine.getByText('behind the bin').waitFor();
    const { memories } = await house.api('GET', '/api/memory?q=stopcock');
    assert.deepEqual(memories.map((it) => [it.kind, it.text]), [['note', 'The stopcock is behind the bin.']]);
    await mine.getByRole('button', { name: /^Forget/ }).click();
    await page.getByRole('button', { name: 'Yes, do it' }).click();
    await mine.waitFor({ state: 'detached' });
    assert.deepEqual((await house.api('GET', '/api/memory?q=stopcock')).memories, []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
