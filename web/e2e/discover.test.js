// What waits in the inbox, looking around, and what a person does about it; the real server throughout.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { goLive, launch, openPage } from './browser.js';
import { publish } from './mqtt.js';
import { startHouse, until } from './server.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const pictures = new URL('../test-results/', import.meta.url);
const HOSTILE = '<img src=x onerror="window.hacked=1"> 🏠 مرحبا\u202e evil';

let house;
let browser;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  house = await startHouse({ MQTT_ADOPT: 'false' });
  await house.api('POST', '/api/areas', { name: 'Pantry' });
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

const inbox = (state) => house.api('GET', `/api/devices/discovered?state=${state}`);
const card = (page, it) => page.locator(`li[data-found="${it.id}"]`);

/** Opens the page with everything that waits on it. */
async function openAll(page) {
  await goLive(page, `${house.url}/discover`);
  await page.locator('[data-fact="waiting"]').waitFor();
  const more = page.getByRole('button', { name: /^Show \d+ more of \d+$/ });
  while (await more.count()) await more.click();
}
const focused = (page, test) => page.evaluate(test);

async function readable(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: new URL(`${name}-top.png`, pictures).pathname });
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
  await page.screenshot({ path: new URL(`${name}.png`, pictures).pathname, fullPage: true });
  assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it scrolls sideways');
}

inPage('what was found is adopted with a name and a room', async ({ page }) => {
  const [it] = (await inbox('new')).filter((one) => one.adoptable.as === 'control');
  await openAll(page);
  const mine = card(page, it);
  await mine.getByRole('heading', { level: 3, name: it.name }).waitFor();
  await mine.getByText(it.adoptable.text).waitFor();
  await mine.getByRole('button', { name: 'Adopt' }).click();
  await mine.getByRole('textbox', { name: 'Name' }).fill('Jam lamp');
  await mine.getByRole('combobox', { name: 'Room' }).selectOption('pantry');
  await mine.getByRole('button', { name: 'Make it ours' }).click();
  await page.getByRole('status').getByText('Jam lamp is part of the house now.').waitFor();
  await mine.waitFor({ state: 'detached' });
  assert.ok(await focused(page, () => document.activeElement.matches('[role=status]')), 'the focus is lost');
  const device = await house.device('jam_lamp').catch(async () => (await house.devices()).find((one) => one.name === 'Jam lamp'));
  assert.equal(device.area.slug, 'pantry');
  await page.getByRole('link', { name: 'Look at it' }).click();
  await page.getByRole('heading', { level: 1, name: 'Jam lamp' }).waitFor();
});

inPage('with the keyboard alone one ignores a thing, thinks better of it, and finds it again', async ({ page }) => {
  const [it] = await inbox('new');
  await openAll(page);
  const ignore = card(page, it).getByRole('button', { name: 'Ignore' });
  await ignore.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText(`${it.name} is ignored from now on.`).waitFor();
  await until('the server ignores it', async () => (await inbox('ignored')).some((one) => one.id === it.id));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText(`${it.name} waits for you again.`).waitFor();
  await card(page, it).getByRole('button', { name: 'Ignore' }).waitFor();
  // Ignored once more, it is found in the list of ignored things.
  await card(page, it).getByRole('button', { name: 'Ignore' }).press('Enter');
  const list = page.locator('[data-fact="ignored"]');
  await list.locator('summary').press('Enter');
  await list.getByRole('button', { name: 'Take back' }).press('Enter');
  await until('it waits again', async () => (await inbox('new')).some((one) => one.id === it.id));
  await list.waitFor({ state: 'detached' });
});

inPage('the page follows what is found while it is open, and takes hostile names for text', async ({ page }) => {
  await goLive(page, `${house.url}/discover`);
  await publish(house.broker, 'homeassistant/switch/e2e_hostile/config', {
    name: null, unique_id: 'e2e_hostile', state_topic: 'e2e/state', command_topic: 'e2e/set',
    device: { identifiers: ['e2e_hostile'], name: HOSTILE, manufacturer: '<script>window.hacked=1</script>', model: '"><svg onload=hacked=1>' },
  });
  const found = await until('the server found it', async () => (await inbox('new')).find((it) => it.name.startsWith('<img')));
  const mine = card(page, found);
  await mine.getByRole('heading', { level: 3 }).getByText('<img src=x').waitFor();
  // It came last, so it stands first.
  assert.equal(await page.locator('li[data-found]').first().getAttribute('data-found'), found.id);
  await mine.getByRole('button', { name: 'Adopt' }).click();
  assert.equal(await mine.getByRole('textbox', { name: 'Name' }).inputValue(), found.name);
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await readable(page, 'discover-hostile-390');
}, { viewport: { width: 390, height: 844 } });

inPage('looking around ends, says how, and is kept', async ({ page }) => {
  await goLive(page, `${house.url}/discover`);
  const before_ = (await house.api('GET', '/api/discovery/scans')).scans.length;
  await page.getByRole('button', { name: 'Look now' }).click();
  await until('the search ended', async () => {
    const { scans } = await house.api('GET', '/api/discovery/scans');
    return scans.length > before_ && scans[0].status === 'completed';
  }, 40_000);
  await page.locator('[data-fact="search"]').getByText(/I found|Nothing here can search/).waitFor();
  await page.getByText(/Last looked around just now, asked by the operator/).waitFor();
  const { scans } = await house.api('GET', '/api/discovery/scans');
  await page.locator(`[data-scan="${scans[0].scan_id}"]`).waitFor();
});

// What only a network full of things shows: sightings, evidence, a search half done, failures.
const AT = '2026-11-23T08:00:00Z';
const opinion = (value, confidence, ...evidence) => ({ value, confidence, evidence });
const seen = (protocol, present, name, addresses, facts) => ({
  protocol, native_id: `${protocol}-1`, name, present, first_seen: AT, last_seen: AT, addresses, facts: facts.map(([name, value]) => ({ name, value })),
});
const nothing = { what: null, kind: null, brand: null, model: null, driver: null };
const thing = (id, more) => ({
  id, protocol: 'network', native_id: id, name: id, kind: 'other', manufacturer: null, model: null, first_seen: AT, last_seen: AT, state: 'new',
  suggested_area: null, capabilities: [], presence: 'online', device: null, addresses: [], sightings: [], guess: nothing, confidence: null,
  adoptable: { as: 'presence', text: 'Nobody here speaks to it yet: the house will watch whether it is there.' }, ...more,
});
const THINGS = [
  thing('printer', {
    name: 'Brother HL-L2350DW', kind: 'appliance', manufacturer: 'Brother', addresses: ['192.168.1.23', 'fe80::1234:5678:9abc:def0', '10.0.0.7'],
    sightings: [
      seen('mdns', true, 'Brother HL-L2350DW series', ['192.168.1.23'], [['service', '_ipp._tcp'], ['txt.ty', 'Brother HL-L2350DW series'], ['txt.adminurl', 'http://192.168.1.23/net/net/airprint.html']]),
      seen('ssdp', false, null, ['192.168.1.23'], [['server', 'Linux/2.6 UPnP/1.0 Brother/1.0']]),
    ],
    guess: { ...nothing, what: opinion('printer', 0.96, 'mDNS service _ipp._tcp', 'mDNS text ty=Brother HL-L2350DW series'), brand: opinion('Brother', 0.8, 'hardware address 00:80:77') },
    confidence: 0.96,
  }),
  thing('phone', { name: 'unknown thing at 192.168.1.40', addresses: ['192.168.1.40'], sightings: [seen('dhcp', true, null, ['192.168.1.40'], [])] }),
  thing('tv', {
    name: 'تلفزيون غرفة المعيشة', kind: 'media_player', presence: 'offline', addresses: ['192.168.1.31'],
    sightings: [seen('ssdp', false, 'تلفزيون', ['192.168.1.31'], [])],
    guess: { ...nothing, what: opinion('television', 0.52, 'UPnP device type MediaRenderer') }, confidence: 0.52,
  }),
  thing('old', { name: 'Neighbour’s speaker', state: 'ignored', sightings: [seen('mdns', true, null, [], [])] }),
];
const part = (protocol, status, found, duration_ms, error) => ({ protocol, status, found, duration_ms, ...(error ? { error } : {}) });
const FAILED = 'port 1900 is taken by another program; end it, or switch UPnP off with ENABLE_UPNP=false';
const scan = (status, protocols) => ({ scan_id: '01890a5d-ac96-774b-bcce-b302099a8057', status, started_at: AT, ended_at: status === 'running' ? null : AT, who: { kind: 'operator', name: 'the operator' }, protocols, new_count: 2 });
const RUNNING = scan('running', [part('bluetooth', 'unavailable', 0, 12, 'there is no Bluetooth adapter'), part('dhcp', 'running', 0, 0), part('mdns', 'completed', 4, 3120), part('ssdp', 'failed', 0, 40, FAILED)]);
const ENDED = scan('completed', [part('dhcp', 'completed', 1, 9800), part('mdns', 'completed', 4, 3120), part('ssdp', 'timed_out', 0, 25000, 'no answer within 25 s')]);

for (const { width, height, colorScheme } of [
  { width: 390, height: 844, colorScheme: 'light' }, { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1440, height: 900, colorScheme: 'light' }, { width: 1440, height: 900, colorScheme: 'dark' }, { width: 320, height: 640, colorScheme: 'light' },
]) {
  inPage(`a full network is readable, ${width} ${colorScheme}`, async ({ page }) => {
    await page.route('**/api/devices/discovered', (route) => route.fulfill({ json: THINGS }));
    await page.route('**/api/discovery/scans?**', (route) => route.fulfill({ json: { scans: [ENDED], next: 'more' } }));
    await page.route('**/api/discovery/status', (route) => route.fulfill({ json: {
      scan: RUNNING, waiting: 3,
      protocols: [
        { protocol: 'bluetooth', enabled: false, reason: 'ENABLE_BLUETOOTH is false', driver: null, last_scan: null, success: { percent: null, attempts: 0, successes: 0 }, seen: 0 },
        { protocol: 'mdns', enabled: true, reason: null, driver: { state: 'running', reason: null }, last_scan: null, success: { percent: 98.4, attempts: 250, successes: 246 }, seen: 4 },
        { protocol: 'ssdp', enabled: true, reason: null, driver: { state: 'degraded', reason: FAILED }, last_scan: null, success: { percent: 61.2, attempts: 250, successes: 153 }, seen: 0 },
      ],
    } }));
    let tell;
    await page.routeWebSocket(/\/api\/live/, (line) => {
      const server = line.connectToServer();
      tell = (message) => line.send(JSON.stringify(message));
      server.onMessage((message) => line.send(message));
    });
    await goLive(page, `${house.url}/discover`);
    const printer = card(page, { id: 'printer' });
    await printer.getByText('Printer, almost certainly (96 %)').waitFor();
    await printer.getByText('mDNS service _ipp._tcp').waitFor();
    await card(page, { id: 'phone' }).getByText('Nothing that it shows tells what it is').waitFor();
    assert.equal(await card(page, { id: 'tv' }).getAttribute('data-presence'), 'offline');
    await card(page, { id: 'tv' }).getByText(/^Gone, last seen/).waitFor();
    assert.equal(await page.locator('section li[data-found]').last().getAttribute('data-found'), 'tv');
    const { time } = await house.api('GET', '/api/house');
    tell({ type: 'scan', scan: { ...RUNNING, started_at: new Date(Date.parse(time) - 7000).toISOString() } });
    await page.getByText(/^For \d+ s now, asked by the operator/).waitFor();
    await page.locator('[data-protocol="dhcp"][data-status="running"]').getByText('searching, sees 1').waitFor();
    await page.locator('[data-protocol="ssdp"]').getByText(FAILED).waitFor();
    await page.getByRole('button', { name: 'Looking…' }).waitFor();
    await printer.locator('summary').click();
    await printer.locator('[data-sighting="ssdp"]').getByText(/^gone, last seen/).waitFor();
    await readable(page, `discover-full-${width}-${colorScheme}`);
    tell({ type: 'scan', scan: ENDED });
    await page.locator('[data-fact="search"]').getByText('I found 2 new things. UPnP did not work.').waitFor();
  }, { viewport: { width, height }, colorScheme });
}

inPage('a list that cannot be read says so, and a search that is refused says why', async ({ page, faults }) => {
  const refused = { status: 503, json: { error: { code: 'house_busy', message: 'Too much is being asked at once.', action: 'Wait a second, then try again.', reference: 'r-1' } } };
  await page.route('**/api/devices/discovered', (route) => route.fulfill(refused));
  await page.route('**/api/discovery/scan', (route) => route.fulfill(refused));
  await goLive(page, `${house.url}/discover`);
  await page.getByRole('alert').getByText('I could not read what was found.').waitFor();
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByRole('alert').getByText('Too much is being asked at once. Wait a second, then try again. Reference r-1').waitFor();
  await readable(page, 'discover-refused-390');
  await page.unroute('**/api/devices/discovered');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[data-fact="waiting"]').waitFor();
  // The refusals themselves are what was tested.
  faults.splice(0, faults.length, ...faults.filter((it) => !/503/.test(it)));
}, { viewport: { width: 390, height: 844 } });
