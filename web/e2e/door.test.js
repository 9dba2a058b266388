// The first visit makes the owner, and everybody after that signs in; the real server in production.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launch, openPage } from './browser.js';
import { startHouse } from './server.js';

const key = () => randomBytes(32).toString('base64');

let house;
let browser;

before(async () => {
  house = await startHouse({ ENVIRONMENT: 'production', SECRET_KEY: key(), JWT_SECRET_KEY: key() });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});

const live = (page) => page.getByText('Live', { exact: true }).waitFor();

test('the first visit makes the owner; out and in again', async () => {
  const { page, context, faults } = await openPage(browser, house.url, { viewport: { width: 390, height: 844 } });
  try {
    await page.goto(house.url);
    await page.getByRole('heading', { name: 'Welcome home.' }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('Anna');
    await page.getByLabel('Password').fill('a long password');
    await page.getByRole('button', { name: 'This is my house' }).click();
    await live(page);
    // What the page changes by cookie goes through.
    await page.goto(`${house.url}/memory`);
    await page.getByRole('textbox', { name: 'Remember' }).fill('The key is under the pot.');
    await page.getByRole('button', { name: 'Remember', exact: true }).click();
    await page.getByRole('status').getByText('I will remember it.').waitFor();

    await page.goto(`${house.url}/settings`);
    await page.locator('[data-fact=me]').getByText('Anna').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Who is there?' }).waitFor();
    assert.deepEqual(faults, []);

    await page.getByRole('textbox', { name: 'Name' }).fill('anna');
    await page.getByLabel('Password').fill('not her password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('the name or the password is wrong').waitFor();
    await page.getByLabel('Password').fill('a long password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await live(page);
    assert.deepEqual(faults.filter((it) => !it.includes('401')), []);
  } finally {
    await context.close();
  }
});

test('a session that is revoked ends on the page that is open', async () => {
  const one = await openPage(browser, house.url);
  const other = await openPage(browser, house.url);
  try {
    for (const { page } of [one, other]) {
      await page.goto(house.url);
      await page.getByRole('textbox', { name: 'Name' }).fill('Anna');
      await page.getByLabel('Password').fill('a long password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await live(page);
    }
    await other.page.evaluate(async () => {
      const { me } = await (await fetch('/api/auth')).json();
      await fetch('/api/auth/sessions', { method: 'DELETE', headers: { 'x-csrf-token': me.csrf } });
    });
    await one.page.getByRole('heading', { name: 'Who is there?' }).waitFor();
    await other.page.goto(`${house.url}/devices`);
    await live(other.page);
    assert.deepEqual(other.faults, []);
  } finally {
    await one.context.close();
    await other.context.close();
  }
});
