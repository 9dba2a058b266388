// What the house does by itself: written, tried, run, explained, stopped and taken back; the real server throughout.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goLive, launch, openPage } from './browser.js';
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

const item = (page, slug) => page.locator(`li[data-scenario="${slug}"]`);
const card = (page, place) => page.locator(`li[data-place="${place}"]`);
const sentence = (page, text) => page.locator('[data-fact="sentence"]').getByText(text);
/** Adds a card, the way to it and back. */
async function add(page, list, kind) {
  const section = page.getByRole('region', { name: list, exact: true });
  await section.locator('summary').filter({ hasText: `${list}:` }).last().click();
  await section.getByRole('button', { name: kind, exact: true }).click();
}
async function mean(one, name) {
  await one.getByRole('combobox', { name: /^devices:/ }).fill(name);
  await one.getByRole('combobox', { name: /^devices:/ }).press('Enter');
}
const lastRun = async (slug) => (await house.api('GET', `/api/automation/runs?scenario=${slug}`)).runs[0];

inPage('a rule is written with cards, and the sentence says what they say', async ({ page }) => {
  const { slug, name } = await house.deviceWith('OnOff.on_off', (it) => it.kind === 'light' && it.area);
  await goLive(page, `${house.url}/automations`);
  await page.getByRole('link', { name: 'New' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Dusk');
  await add(page, 'When', 'At sunrise or sunset');
  await add(page, 'Then', 'Tell devices something');
  // Nothing is meant yet: the server says so beside the card, and it cannot be saved.
  await card(page, 'then[0]').getByText('it does not say which devices').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save it' }).isDisabled(), true);
  await mean(card(page, 'then[0]'), name);
  await sentence(page, `When the sun sets, turn on the ${slug.replace(/_/g, ' ')}.`).waitFor();
  await card(page, 'when[0]').getByText('More').click();
  await card(page, 'when[0]').getByRole('textbox', { name: 'later or earlier by' }).fill('-20min');
  await sentence(page, '20min before sunset').waitFor();
  await page.getByRole('button', { name: 'Save it' }).click();
  await page.getByRole('heading', { level: 1, name: 'Dusk' }).waitFor();
  const kept = await house.api('GET', '/api/scenarios/dusk');
  assert.deepEqual(kept.document.when, [{ sun: 'sunset', offset: '-20min' }]);
  await page.getByRole('link', { name: 'Automations', exact: true }).first().click();
  await item(page, 'dusk').getByText('Has not run yet').waitFor();
  await item(page, 'dusk').getByRole('button', { name: 'Run Dusk' }).click();
  // Its end comes over the live line.
  await item(page, 'dusk').getByRole('link', { name: 'All done' }).click();
  await page.locator('[data-state="completed"]').waitFor();
  await page.getByRole('link', { name, exact: true }).waitFor();
});

inPage('with the keyboard alone one writes a scenario of two steps and turns them round', async ({ page }) => {
  await goLive(page, `${house.url}/automations/new`);
  await page.getByRole('textbox', { name: 'Name' }).focus();
  await page.keyboard.type('Two words');
  for (const words of ['first', 'second']) {
    await page.getByRole('region', { name: 'Then', exact: true }).locator('summary').filter({ hasText: 'Then:' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Tell people', exact: true }).focus();
    await page.keyboard.press('Enter');
    const kind = card(page, words === 'first' ? 'then[0]' : 'then[1]').locator('select');
    await until('the new card has the focus', () => kind.evaluate((it) => it === document.activeElement));
    for (let i = 0; i < 6 && !(await page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA')); i++) await page.keyboard.press('Tab');
    await page.keyboard.type(words);
  }
  await sentence(page, 'Say “first”, then say “second”.').waitFor();
  const up = card(page, 'then[1]').getByRole('button', { name: 'Move up' });
  await up.focus();
  await page.keyboard.press('Enter');
  await sentence(page, 'Say “second”, then say “first”.').waitFor();
  await page.getByRole('button', { name: 'Save it' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Two words' }).waitFor();
});

inPage('a scenario is run with what it documents, and its trace explains it', async ({ page }) => {
  await goLive(page, `${house.url}/automations`);
  await item(page, 'party-mode').getByRole('button', { name: 'Run Party mode' }).click();
  const form = page.getByRole('form', { name: 'Run Party mode' });
  await form.getByText('How many guests come.').waitFor();
  await form.getByRole('spinbutton').fill('12');
  await form.getByRole('button', { name: 'Run it now' }).click();
  await item(page, 'party-mode').getByText(/Running now|All done|Not all of it worked/).waitFor();
  const run = await until('the run has ended', async () => {
    const it = await lastRun('party-mode');
    return it.ended_at && it;
  });
  assert.equal(run.parameters.guest_count, 12);
  await goLive(page, `${house.url}/automations/runs/${run.id}`);
  await page.getByText('With guest count 12').waitFor();
  const asked = run.trace.flatMap((it) => it.requests);
  assert.equal(await page.locator('.requests > li').count(), asked.length);
});

inPage('a run that asks is answered, and goes on with the answer', async ({ page }) => {
  await house.api('POST', '/api/scenarios', {
    name: 'Ask first', then: [{ ask: 'Shall I <b>go</b> on?', yes: [{ notify: 'It was a yes.' }], no: [{ notify: 'It was a no.' }] }],
  });
  await goLive(page, `${house.url}/automations`);
  await item(page, 'ask-first').getByRole('button', { name: 'Run Ask first' }).click();
  await page.getByText('Shall I <b>go</b> on?', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Yes:/ }).click();
  await page.getByRole('status').getByText('you said yes').waitFor();
  const run = await until('the run has ended', async () => {
    const it = await lastRun('ask-first');
    return it.ended_at && it;
  });
  assert.ok(run.trace.some((it) => it.what.startsWith('the answer was yes')));
  assert.equal(await page.locator('[data-question]').count(), 0);
});

inPage('one of several answers is written with cards, and chosen', async ({ page }) => {
  await goLive(page, `${house.url}/automations/new`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Which light');
  await add(page, 'Then', 'Ask somebody');
  const one = card(page, 'then[0]');
  await one.getByRole('textbox', { name: 'question' }).fill('Which light?');
  await one.getByRole('combobox', { name: 'answer' }).selectOption('one of several');
  await one.getByRole('textbox', { name: 'answer 1' }).fill('Bright');
  // Without names of their own it cannot be kept, and the card says so.
  await one.getByText('it is missing').waitFor();
  await one.getByRole('textbox', { name: 'answer 2' }).fill('A little');
  await sentence(page, 'Ask somebody “Which light?”; after “Bright” nothing; after “A little” nothing.').waitFor();
  await page.getByRole('button', { name: 'Save it' }).click();
  await page.getByRole('heading', { level: 1, name: 'Which light' }).waitFor();
  await house.api('POST', '/api/scenarios/which-light/run', {});
  await page.getByRole('button', { name: 'A little: Which light?' }).click();
  await page.getByRole('status').getByText('you said “A little”').waitFor();
  const run = await until('the run has ended', async () => {
    const it = await lastRun('which-light');
    return it.ended_at && it;
  });
  assert.ok(run.trace.some((it) => it.what.startsWith('the answer was A little')));
});

inPage('what runs is stopped, what is switched off stays off, and another’s change is seen at once', async ({ page }) => {
  await house.api('POST', '/api/scenarios', { name: 'Long wait', when: [{ time: '03:00' }], then: [{ wait: '2h' }] });
  await goLive(page, `${house.url}/automations`);
  const mine = item(page, 'long-wait');
  await mine.getByRole('button', { name: 'Run Long wait' }).click();
  await mine.getByRole('button', { name: 'Stop Long wait' }).click();
  await mine.getByRole('link', { name: 'Stopped' }).waitFor();
  await mine.getByRole('switch').click();
  await until('the server has it', async () => (await house.api('GET', '/api/scenarios/long-wait')).enabled === false);
  await house.api('POST', '/api/scenarios/long-wait/enable', { enabled: true });
  await until('the page has it', async () => (await mine.getByRole('switch').getAttribute('aria-checked')) === 'true');
});

inPage('who edits what another has edited meanwhile is told, and loses nothing', async ({ page, faults }) => {
  const document = { name: 'Shared', then: [{ notify: 'one' }] };
  await house.api('POST', '/api/scenarios', document);
  await goLive(page, `${house.url}/automations/scenario/shared/edit`);
  await card(page, 'then[0]').getByRole('textbox', { name: 'message' }).fill('mine');
  await sentence(page, 'Say “mine”.').waitFor();
  await house.api('PUT', '/api/scenarios/shared', { ...document, then: [{ notify: 'theirs' }] });
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await page.getByRole('alert').getByText(/edited meanwhile/).waitFor();
  await page.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByRole('heading', { level: 1, name: 'Shared', exact: true }).waitFor();
  assert.equal((await house.api('GET', '/api/scenarios/shared')).sentence, 'Say “mine”.');
  // The refusal itself is what was tested.
  faults.splice(0, faults.length, ...faults.filter((it) => !/409/.test(it)));
  // Theirs is a version to go back to.
  await page.getByText('Version 2', { exact: true }).click();
  await page.getByText('Say “theirs”.').waitFor();
  await page.getByRole('button', { name: 'Go back to version 2' }).click();
  await page.getByRole('button', { name: 'Yes, do it' }).click();
  await sentence(page, 'Say “theirs”.').waitFor();
});

inPage('what is not kept yet is tried first, and nothing real happens', async ({ page }) => {
  const { slug, name } = await house.deviceWith('OnOff.on_off', (it) => it.kind === 'light' && it.area);
  await house.api('POST', '/api/scenarios', { name: 'Rehearsed', when: [{ time: '12:00' }], then: [{ notify: 'Noon.' }] });
  const wishes = async () => (await house.api('GET', `/api/events?kind=wish_made&device=${slug}&limit=200`)).events.length;
  const before_ = await wishes();
  await goLive(page, `${house.url}/automations/scenario/rehearsed/edit`);
  await add(page, 'Then', 'Tell devices something');
  await mean(card(page, 'then[1]'), name);
  await sentence(page, 'then turn on').waitFor();
  await page.getByRole('button', { name: 'Over the last 7 days' }).click();
  const drawn = page.locator('[data-fact="rehearsal"]');
  await drawn.getByText(/^It would have run 7 times\./).waitFor();
  assert.equal(await drawn.locator('.track').first().locator('.mark').count(), 7);
  await page.getByRole('button', { name: 'What if it ran now?' }).click();
  await drawn.getByText(/^It would run\./).waitFor();
  await drawn.getByText('Noon.').first().waitFor();
  assert.equal(await wishes(), before_);
}, { viewport: { width: 390, height: 844 } });

inPage('what must never happen has its hazard and its limits, which one can set and take back', async ({ page, faults }) => {
  const thermostat = await house.deviceWith('Thermostat.heating_setpoint');
  const one = (slug) => page.locator(`[data-constraint="${slug}"]`);
  const { constraints } = await house.api('GET', '/api/automation/constraints');
  const bounds = constraints.find((it) => it.form.property === 'Thermostat.heating_setpoint');
  await goLive(page, `${house.url}/automations`);
  await page.getByRole('link', { name: 'Safety' }).click();
  await one(bounds.slug).getByText(bounds.hazard).waitFor();
  await one(bounds.slug).getByRole('spinbutton', { name: /^At most/ }).fill('24');
  await one(bounds.slug).getByRole('button', { name: 'Save' }).click();
  await one(bounds.slug).getByText(/above 24 °C/).waitFor();
  // A wish beyond it is refused, and the refusal comes over the live line.
  await assert.rejects(house.api('POST', `/api/devices/${thermostat.slug}/commands`, { capability: 'Thermostat', command: 'set', args: { heating_setpoint: 26 } }));
  await one(bounds.slug).getByText('Refused 1 time lately').click();
  await one(bounds.slug).getByRole('link', { name: thermostat.name }).waitFor();
  await one(bounds.slug).getByRole('button', { name: /as it came/ }).click();
  await one(bounds.slug).getByText(bounds.statement).waitFor();
  // Who switches one off reads the hazard first.
  await one(bounds.slug).getByRole('switch').click();
  await page.getByRole('dialog').getByText(bounds.hazard).waitFor();
  await page.getByRole('button', { name: 'No, leave it' }).click();
  assert.equal((await house.api('GET', `/api/automation/constraints/${bounds.slug}`)).enabled, true);
  assert.deepEqual(faults, []);
});

inPage('the household adds something that must never happen, with its hazard, and takes it away again', async ({ page, faults }) => {
  const thermostat = await house.deviceWith('Thermostat.heating_setpoint');
  await goLive(page, `${house.url}/automations/safety`);
  await page.getByText('Something else must never happen').click();
  const form = page.getByRole('form', { name: 'Something else must never happen' });
  await form.getByRole('textbox', { name: 'name' }).fill('Nursery not too warm');
  await form.getByRole('combobox', { name: /^guards:/ }).fill(thermostat.name);
  await form.getByRole('combobox', { name: /^guards:/ }).press('Enter');
  await form.getByRole('combobox', { name: 'value' }).selectOption('Thermostat.heating_setpoint');
  await form.getByRole('spinbutton', { name: /^at most/ }).fill('21');
  // The usual hazard of its kind stands there to be said in words of one's own.
  assert.match(await form.getByRole('textbox', { name: /^or else/ }).inputValue(), /harmed/);
  await form.getByRole('textbox', { name: /^or else/ }).fill('A baby sleeps there.');
  await form.getByRole('button', { name: 'Watch over it' }).click();
  const one = page.locator('[data-constraint="nursery_not_too_warm"]');
  await one.getByText('A baby sleeps there.').waitFor();
  await one.getByText(/is never set above 21 °C/).waitFor();
  await assert.rejects(house.api('POST', `/api/devices/${thermostat.slug}/commands`, { capability: 'Thermostat', command: 'set', args: { heating_setpoint: 22 } }), /nursery_not_too_warm/);
  await one.getByRole('button', { name: /away$/ }).click();
  await page.getByRole('dialog').getByText('A baby sleeps there.').waitFor();
  await page.getByRole('button', { name: 'Yes, do it' }).click();
  await one.waitFor({ state: 'detached' });
  assert.deepEqual(faults, []);
});
