// What a person does with the house, against the real server and its simulated devices.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { goLive, launch, openPage, tile } from './browser.js';
import { startHouse, until } from './server.js';

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

/** Runs a test in a page of its own, which must be without faults at the end. */
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

const lamp = () => house.deviceWith('OnOff.on_off', (it) => it.kind === 'light' && it.area);
const deviceCount = (page) => page.locator('main [data-fact="devices"]');

inPage('a tile switches a lamp and the simulator agrees', async ({ page }) => {
  const { slug } = await lamp();
  await goLive(page, house.url);
  const button = tile(page, slug).locator('button.main');
  for (let turn = 0; turn < 2; turn++) {
    const was = await button.getAttribute('aria-pressed');
    const now = was !== 'true';
    await button.click();
    await tile(page, slug).locator(`button.main[aria-pressed="${now}"]`).waitFor();
    await until('the simulator agrees', async () => (await house.simulatedValue(slug, 'on_off')) === now);
  }
});

inPage('an unplugged device shows as offline, and plugging it in heals', async ({ page }) => {
  const { slug } = await lamp();
  await goLive(page, house.url);
  await house.tellSimulator(slug, 'unplug');
  try {
    const offline = page.locator(`li[data-device="${slug}"][data-connectivity="offline"]`);
    await offline.waitFor({ timeout: 90_000 });
    await offline.getByText(/Last seen/).waitFor();
    assert.match(await page.locator('[data-fact="sentence"]').innerText(), /silent/);
  } finally {
    await house.tellSimulator(slug, 'plug');
  }
  await page.locator(`li[data-device="${slug}"][data-connectivity="online"]`).waitFor({ timeout: 90_000 });
});

inPage('the device count follows within two seconds', async ({ page }) => {
  await goLive(page, house.url);
  const all = await house.devices();
  const { id, native_id, kind } = all.find((it) => it.kind === 'contact' || it.kind === 'button' || it.kind === 'motion') ?? all[0];
  assert.ok(kind);
  const says = (n) => deviceCount(page).getByText(new RegExp(`^${n} devices?, \\d+ online$`));
  await says(all.length).waitFor();
  const less = says(all.length - 1).waitFor({ timeout: 4000 });
  await house.api('DELETE', `/api/devices/${id}`);
  const removed = Date.now();
  await less;
  assert.ok(Date.now() - removed < 2000, 'the count fell too late');

  // It announces itself again: by itself it is ours once more, or it waits in the inbox.
  let back = 0;
  await until('the device is back', async () => {
    if ((await house.devices()).some((it) => it.native_id === native_id)) return (back ||= Date.now());
    const found = (await house.api('GET', '/api/devices/discovered')).find((it) => it.native_id === native_id);
    if (found) {
      await house.api('POST', `/api/devices/discovered/${found.id}/adopt`, {});
      back = Date.now();
    }
    return false;
  }, 60_000);
  await says(all.length).waitFor({ timeout: 4000 });
  assert.ok(Date.now() - back < 2000, 'the count rose too late');
});

inPage('the health indicator says what the server says', async ({ page }) => {
  await goLive(page, house.url);
  const indicator = page.locator('[data-fact="health"]');
  await until('indicator and server agree', async () => (await indicator.getAttribute('data-health')) === (await house.api('GET', '/health')).status);
  await indicator.click();
  await page.waitForURL('**/settings');
  const { components } = await house.api('GET', '/health/detailed');
  assert.ok(components.length > 0);
  for (const it of components) await page.locator(`[data-component="${it.name}"]`).waitFor();
});

inPage('the health indicator turns when the database goes, and back', async ({ page }) => {
  await goLive(page, house.url);
  const indicator = page.locator('[data-fact="health"]');
  const was = await until('the health is known', () => indicator.getAttribute('data-health'));
  await rename(house.database, `${house.database}.aside`);
  try {
    await page.locator('[data-fact="health"][data-health="failed"]').waitFor({ timeout: 60_000 });
    await indicator.locator('.dot.failed').waitFor();
  } finally {
    await rename(`${house.database}.aside`, house.database);
  }
  await page.locator(`[data-fact="health"][data-health="${was}"]`).waitFor({ timeout: 60_000 });
});

inPage('opening every page leaves the house untouched', async ({ page, writes }) => {
  const { slug } = await lamp();
  const wishes = async () => (await house.api('GET', '/api/events?kind=wish_made&limit=1')).events.map((it) => `${it.epoch}.${it.seq}`);
  const before_ = await wishes();
  for (const path of ['/', '/devices', `/devices/${slug}`, '/discover', '/timeline', '/settings']) {
    await goLive(page, house.url + path);
    await page.locator('h1').first().waitFor();
    await page.waitForLoadState('networkidle').catch(() => {});
  }
  assert.deepEqual(writes, []);
  assert.deepEqual(await wishes(), before_);
});

inPage('a device page controls, shows the twin, its day, its causes and why', async ({ page }) => {
  const { slug, name, capabilities } = await house.deviceWith('LevelControl.current_level');
  if (capabilities.some((it) => it.name === 'OnOff')) {
    await house.api('POST', `/api/devices/${slug}/commands?wait=settled`, { capability: 'OnOff', command: 'on' });
  }
  await goLive(page, `${house.url}/devices/${slug}`);
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const control = page.locator('[data-property="LevelControl.current_level"]').first();
  const slider = control.getByRole('slider');
  await slider.focus();
  const was = Number(await slider.inputValue());
  await page.keyboard.press(was < 90 ? 'End' : 'PageDown');
  const wanted = Number(await slider.inputValue());
  await until('the simulator dims', async () => Math.abs((await house.simulatedValue(slug, 'current_level')) - wanted) < 2, 30_000);
  await page.locator('tr[data-property="LevelControl.current_level"]').getByText('In step').waitFor({ timeout: 30_000 });
  await page.getByRole('region', { name: 'Lately' }).getByRole('listitem').first().waitFor();
  await page.locator('[data-fact="summary"]').waitFor();
  await page.getByRole('combobox', { name: 'Property' }).selectOption('LevelControl.current_level');
  await page.getByRole('button', { name: 'Why?' }).click();
  assert.notEqual((await page.locator('[data-fact="why"]').innerText()).trim(), '');
}, { viewport: { width: 390, height: 844 } });

inPage('a lock asks first, and no means no', async ({ page, writes }) => {
  const all = await house.devices();
  const lock = all.find((it) => it.capabilities.some((one) => one.name === 'DoorLock') && it.connectivity === 'online');
  assert.ok(lock, 'the house has no lock');
  if ((await house.simulatedValue(lock.slug, 'lock_state')) !== 'locked') {
    await house.api('POST', `/api/devices/${lock.slug}/commands?wait=settled`, { capability: 'DoorLock', command: 'lock', confirm: true });
  }
  await goLive(page, house.url);
  const button = tile(page, lock.slug).locator('button.main');
  await tile(page, lock.slug).getByText('Locked', { exact: true }).waitFor();
  await button.click();
  await page.getByRole('dialog').getByRole('button', { name: 'No, leave it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.deepEqual(writes, []);
  await until('the focus is back', () => button.evaluate((it) => it === document.activeElement));
  await button.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Yes, do it' }).click();
  await tile(page, lock.slug).getByText('Unlocked', { exact: true }).waitFor({ timeout: 30_000 });
  await until('the simulator agrees', async () => (await house.simulatedValue(lock.slug, 'lock_state')) === 'unlocked');
  await button.click();
  await tile(page, lock.slug).getByText('Locked', { exact: true }).waitFor({ timeout: 30_000 });
});

inPage('with the keyboard alone one finds a lamp and switches it', async ({ page }) => {
  const { slug } = await lamp();
  await goLive(page, house.url);
  await tile(page, slug).waitFor();
  const was = await tile(page, slug).locator('button.main').getAttribute('aria-pressed');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  let there = false;
  for (let steps = 0; steps < 400 && !there; steps++) {
    await page.keyboard.press('Tab');
    there = await page.evaluate((it) => document.activeElement.matches(`li[data-device="${it}"] button.main`), slug);
  }
  assert.ok(there, 'the lamp was not reached');
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
  await page.keyboard.press('Space');
  await tile(page, slug).locator(`button.main[aria-pressed="${was !== 'true'}"]`).waitFor();
  await until('the simulator agrees', async () => (await house.simulatedValue(slug, 'on_off')) === (was !== 'true'));
});

inPage('a dropped line is said, disables the controls, and resumes', async ({ page }) => {
  const { slug } = await lamp();
  const lines = [];
  let cut = false;
  await page.routeWebSocket(/\/api\/live/, (line) => {
    lines.push(line.url());
    if (cut) return void line.close();
    current = line;
    line.connectToServer();
  });
  let current;
  await goLive(page, house.url);
  const button = tile(page, slug).locator('button.main');
  const was = (await button.getAttribute('aria-pressed')) === 'true';
  cut = true;
  await current.close();
  const bar = page.getByText(/Not connected since \d+:\d\d, showing what I last knew/);
  await bar.waitFor();
  await tile(page, slug).locator('button.main[aria-disabled="true"]').waitFor();
  // The house goes on without us.
  await house.api('POST', `/api/devices/${slug}/commands?wait=settled`, { capability: 'OnOff', command: was ? 'off' : 'on' });
  assert.equal(await button.getAttribute('aria-pressed'), String(was));
  cut = false;
  await bar.waitFor({ state: 'hidden' });
  await tile(page, slug).locator(`button.main[aria-pressed="${!was}"][aria-disabled="false"]`).waitFor();
  assert.match(lines.at(-1), /epoch=\d+&seq=\d+/);
});

inPage('a hostile name is only text', async ({ page }) => {
  const { slug, id, name } = await lamp();
  const hostile = '<img src=x onerror="window.hacked=1">';
  await house.api('PATCH', `/api/devices/${id}`, { name: hostile });
  try {
    for (const path of ['/', '/devices', `/devices/${slug}`, '/timeline']) {
      await goLive(page, house.url + path);
      await page.locator('main').getByText(hostile).first().waitFor({ state: 'attached' });
      assert.equal(await page.locator('main img').count(), 0);
    }
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  } finally {
    await house.api('PATCH', `/api/devices/${id}`, { name });
  }
});

inPage('what is refused says why where it was asked', async ({ page, faults }) => {
  const { slug } = await lamp();
  await page.route('**/commands?wait=accepted', (route) =>
    route.fulfill({ status: 409, json: { error: { code: 'refused', message: 'The fuse is out.', action: 'Look at the fuse box.' } } }),
  );
  await goLive(page, house.url);
  await tile(page, slug).locator('button.main').click();
  await tile(page, slug).getByRole('alert').getByText('The fuse is out. Look at the fuse box.').waitFor();
  await page.unroute('**/commands?wait=accepted');
  await tile(page, slug).getByRole('button', { name: 'Retry' }).click();
  await tile(page, slug).getByRole('alert').waitFor({ state: 'hidden' });
  // The refusal itself is what was tested.
  faults.splice(0, faults.length, ...faults.filter((it) => !/409/.test(it)));
});
