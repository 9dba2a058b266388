// Every page in every size and theme: no fault, no foreign request, no sideways scroll, no axe finding.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { goLive, launch, openPage, tile } from './browser.js';
import { startHouse } from './server.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = new URL('../test-results/', import.meta.url);

const SIZES = [
  { name: '1440', viewport: { width: 1440, height: 900 } },
  { name: '390', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  { name: '320', viewport: { width: 320, height: 640 } },
];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let house;
let browser;
let pages;

before(async () => {
  house = await startHouse();
  browser = await launch();
  mkdirSync(pictures, { recursive: true });
  const of = async (path) => (await house.deviceWith(path)).slug;
  const sensor = (await house.devices()).find((it) => it.capabilities.some((one) => one.name === 'TemperatureMeasurement'));
  const { run } = await house.api('POST', '/api/scenarios/party-mode/run', { parameters: { guest_count: 12 } });
  pages = {
    automations: '/automations', scenario: '/automations/scenario/vacation-mode', editor: '/automations/scenario/smart-morning-routine/edit',
    run: `/automations/runs/${run}`, more: '/more', safety: '/automations/safety', mood: '/mood', memory: '/memory', talk: '/talk',
    home: '/', devices: '/devices', lamp: `/devices/${await of('OnOff.on_off')}`, thermostat: `/devices/${await of('Thermostat.heating_setpoint')}`,
    sensor: `/devices/${sensor.slug}`, discover: '/discover', timeline: '/timeline', people: '/people', account: '/account', security: '/security', loop: '/loop', server: '/server', settings: '/settings', missing: '/nowhere',
  };
});
after(async () => {
  await browser?.close();
  await house?.stop();
});

/** The page has come to rest: its heading, its fonts, and nothing that still says it is loading. */
async function settled(page) {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => !document.querySelector('.skeleton'));
  await page.evaluate(() => document.fonts.ready);
}

for (const { name: size, ...device } of SIZES) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${size} ${colorScheme}`, async (t) => {
      const { page, context, faults } = await openPage(browser, house.url, { ...device, colorScheme });
      try {
        for (const [name, path] of Object.entries(pages)) {
          await t.test(name, async () => {
            await goLive(page, house.url + path);
            await settled(page);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            assert.ok(wide <= 0, `scrolls sideways by ${wide} px`);
            assert.equal(await page.locator('h1').count(), 1);
            // Not by a script tag: the page's own content policy would forbid it.
            await page.evaluate(axe);
            const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
            const found = violations.map((it) => `${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`);
            await page.screenshot({ path: new URL(`${name}-${size}-${colorScheme}.png`, pictures).pathname, fullPage: true });
            assert.deepEqual(found, []);
            // An address that leads nowhere may say so with its status; the page is the same.
            const real = name === 'missing' ? faults.filter((it) => !/404/.test(it)) : faults;
            assert.deepEqual(real, []);
          });
          faults.length = 0;
        }
      } finally {
        await context.close();
      }
    });
  }
}

// What is only seen on bad days must be as readable as the rest.
for (const colorScheme of ['light', 'dark']) {
  test(`refused, asked and not connected, ${colorScheme}`, async (t) => {
    const { page, context } = await openPage(browser, house.url, { ...SIZES[1], colorScheme });
    const check = async (name) => {
      await page.evaluate(axe);
      const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
      await page.screenshot({ path: new URL(`${name}-390-${colorScheme}.png`, pictures).pathname });
      assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target.join(' ')).join(' | ')}`), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    };
    let line;
    let cut = false;
    await page.routeWebSocket(/\/api\/live/, (it) => {
      if (cut) return void it.close();
      line = it;
      it.connectToServer();
    });
    let answer;
    const answered = new Promise((done) => (answer = done));
    await page.route('**/commands?wait=accepted', async (route) => {
      await answered;
      await route.fulfill({ status: 409, json: { error: { code: 'refused', message: 'The fuse is out.', action: 'Look at the fuse box.' } } });
    });
    try {
      await goLive(page, house.url);
      const { slug } = await house.deviceWith('OnOff.on_off', (it) => it.kind === 'light' && it.area);
      await t.test('pending', async () => {
        await tile(page, slug).locator('button.main').click();
        await tile(page, slug).getByText(/^Turning o/).waitFor();
        await check('pending');
      });
      await t.test('refused', async () => {
        answer();
        await tile(page, slug).getByRole('alert').waitFor();
        await check('refused');
      });
      await t.test('asked', async () => {
        const lock = (await house.devices()).find((it) => it.capabilities.some((one) => one.name === 'DoorLock'));
        await house.api('POST', `/api/devices/${lock.slug}/commands?wait=settled`, { capability: 'DoorLock', command: 'lock', confirm: true });
        await tile(page, lock.slug).getByText('Locked', { exact: true }).waitFor();
        await tile(page, lock.slug).locator('button.main').click();
        await page.getByRole('dialog').waitFor();
        await check('asked');
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
      });
      await t.test('not connected', async () => {
        cut = true;
        await line.close();
        await page.getByText(/Not connected since/).waitFor();
        await check('not-connected');
      });
    } finally {
      await context.close();
    }
  });
}
