// A program asks a person for access: the page before it, a yes to less, a no, and what is asked wrongly. The program is
// this test, with a server of its own to which the browser is sent back.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch, openPage } from './browser.js';
import { startHouse } from './server.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = new URL('../test-results/', import.meta.url);
const key = () => randomBytes(32).toString('base64');
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const PASSWORD = 'a long password';
const NAME = 'Desk <img src=x onerror=alert(1)> \u202eelpmaxe';
const SHOWN = 'Desk <img src=x onerror=alert(1)> elpmaxe';
const VERIFIER = randomBytes(48).toString('base64url');

let house;
let browser;
let program;
let client;

before(async () => {
  house = await startHouse({ ENVIRONMENT: 'production', SECRET_KEY: key(), JWT_SECRET_KEY: key() });
  browser = await launch();
  mkdirSync(pictures, { recursive: true });
  await house.api('POST', '/api/auth/owner', { name: 'Anna', password: PASSWORD });
  program = await startProgram();
  const { client_id } = await house.api('POST', '/api/oauth/register', { client_name: NAME, redirect_uris: ['http://127.0.0.1/back'] });
  client = client_id;
});
after(async () => {
  await browser?.close();
  await new Promise((done) => (program ? program.server.close(done) : done()));
  await house?.stop();
});

/** A server to which people are sent back; `next()` gives with what. */
async function startProgram() {
  const came = [];
  let wake = () => {};
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    if (url.pathname === '/back') {
      came.push(url.searchParams);
      wake();
    }
    response.end('Back in the program.');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const next = async () => {
    while (came.length === 0) await new Promise((done) => (wake = done));
    return came.shift();
  };
  return { server, next, address: `http://127.0.0.1:${server.address().port}/back` };
}

function asks(changed = {}) {
  const challenge = createHash('sha256').update(VERIFIER).digest('base64url');
  const query = new URLSearchParams({
    client_id: client, redirect_uri: program.address, response_type: 'code', state: 'a state', scope: 'read_house control converse operate',
    code_challenge: challenge, code_challenge_method: 'S256', ...changed,
  });
  return `${house.url}/authorize?${query}`;
}

async function fetched(code) {
  const form = { grant_type: 'authorization_code', client_id: client, code, redirect_uri: program.address, code_verifier: VERIFIER };
  const response = await fetch(`${house.url}/api/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
  assert.equal(response.status, 200);
  return response.json();
}

const may = async (token, path) => (await fetch(house.url + path, { headers: { authorization: `Bearer ${token}` } })).status;
const fits = async (page) => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);

async function signIn(page) {
  await page.getByRole('textbox', { name: 'Name' }).fill('Anna');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function readable(page, picture) {
  await page.evaluate(() => document.fonts.ready);
  await fits(page);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  await page.screenshot({ path: new URL(`${picture}.png`, pictures).pathname, fullPage: true });
  assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes[0].target.join(' ')}`), []);
}

for (const colorScheme of ['light', 'dark']) {
  test(`who is asked signs in first, says yes to less, and ends it again (${colorScheme})`, async () => {
    const { page, context, faults } = await openPage(browser, house.url, { ...PHONE, colorScheme });
    try {
      await page.goto(asks());
      await signIn(page);
      await page.getByRole('heading', { name: 'May this program in?' }).waitFor();
      assert.equal(await page.locator('[data-fact=program]').innerText(), SHOWN);
      assert.equal(await page.locator('main img').count(), 0);
      assert.match(await page.locator('[data-fact=back]').innerText(), new RegExp(`a program on this device\\s*${program.address}`));
      const box = (name) => page.getByRole('checkbox', { name });
      assert.ok(await box('Control what is harmless').isChecked());
      assert.ok(!(await box(/Change how the server works/).isChecked()), 'what is grave is not given by the way');
      await readable(page, `authorize-360-${colorScheme}`);
      await box('Control what is harmless').uncheck();
      // Left for the program, whose page is none of the house.
      const real = [...faults];
      await page.getByRole('button', { name: 'Let it in' }).click();
      const back = await program.next();
      await page.waitForURL(/127\.0\.0\.1.*\/back/);
      assert.deepEqual(real, []);
      assert.deepEqual([back.get('state'), back.get('iss'), back.get('error')], ['a state', house.url, null]);
      const tokens = await fetched(back.get('code'));
      assert.equal(tokens.scope, 'read_house converse');
      assert.deepEqual([await may(tokens.access_token, '/api/devices'), await may(tokens.access_token, '/api/security/events')], [200, 403]);

      // What is secret in it is in no log.
      for (const secret of [back.get('code'), tokens.access_token, tokens.refresh_token]) assert.ok(!house.output().includes(secret));
      await page.goto(`${house.url}/account`);
      const line = page.locator('[data-program]');
      await line.getByText('See devices, rooms and what happened · Talk with the house').waitFor();
      await line.getByText(/last used/).waitFor();
      await readable(page, `account-programs-360-${colorScheme}`);
      await line.getByRole('button', { name: `End the access of ${SHOWN}` }).click();
      await page.getByText(`${SHOWN} has no access any more.`).waitFor();
      assert.equal(await may(tokens.access_token, '/api/devices'), 401);
    } finally {
      await context.close();
    }
  });
}

test('a no goes back as a no, and what is asked wrongly only by a button', async () => {
  const { page, context } = await openPage(browser, house.url, PHONE);
  try {
    await page.goto(asks());
    await signIn(page);
    await page.getByRole('button', { name: 'No', exact: true }).click();
    const no = await program.next();
    await page.waitForURL(/\/back\?/);
    assert.deepEqual([no.get('error'), no.get('state'), no.get('code')], ['access_denied', 'a state', null]);
    await page.goto(asks({ scope: 'everything' }));
    await page.getByRole('heading', { name: 'That cannot be given.' }).waitFor();
    await readable(page, 'authorize-wrong-360');
    await page.getByRole('button', { name: 'Go back to it' }).click();
    assert.equal((await program.next()).get('error'), 'invalid_scope');
  } finally {
    await context.close();
  }
});

test('who is no program of the house, or wants people elsewhere, sends nobody anywhere', async () => {
  const { page, context } = await openPage(browser, house.url, PHONE);
  try {
    await page.goto(asks());
    await signIn(page);
    await page.getByRole('heading', { name: 'May this program in?' }).waitFor();
    for (const wrong of [{ redirect_uri: 'https://evil.example/back' }, { redirect_uri: 'javascript:alert(1)' }, { client_id: 'somebody' }]) {
      await page.goto(asks(wrong));
      await page.getByText('Nothing was given, and you are sent nowhere.').waitFor();
      assert.equal(await page.getByRole('button').count() + await page.getByRole('link').count(), 0);
    }
    await readable(page, 'authorize-unknown-360');
  } finally {
    await context.close();
  }
});
