import { expect, it } from 'vitest';
import { placeOf, says } from './evidence';
import { because, course, ringSummary, signed, sum, ticks, untilNow } from './feel';
import type { Consciousness, Emotion, Evidence, Feeling } from './wire';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const felt = (minutes: number, feeling: Feeling, valence: number): Emotion => ({
  at: new Date(NOW - minutes * 60_000).toISOString(), feeling, valence, arousal: 0, confidence: 1, awareness: 1, mood_valence: null, mood_arousal: null,
  reasons: [{ factor: 'comfort', contribution: valence / 2, text: '' }],
});

it('gives each half hour what was felt longest in it', () => {
  const all = ticks([felt(70, 'content', 0.4), felt(50, 'worried', -0.2), felt(20, 'content', 0.4)], NOW);
  expect(all).toHaveLength(48);
  expect(all.at(-3)).toMatchObject({ feeling: 'content' });
  expect(all.at(-2)).toMatchObject({ feeling: 'worried' });
  expect(all.at(-1)).toMatchObject({ feeling: 'content' });
  expect(all.at(-1)!.valence).toBeCloseTo((0.4 * 20 - 0.2 * 10) / 30);
});

it('leaves half hours empty in which nothing was felt, and does not stretch what was', () => {
  const all = ticks([felt(20 * 60, 'content', 0.4)], NOW);
  expect(all.filter((it) => it.feeling !== null)).toHaveLength(4);
  expect(ringSummary(all)).toBe('In the last 24 hours: content for 2 h.');
  expect(ringSummary(ticks([], NOW))).toBe('Nothing was felt in the last 24 hours yet.');
});

const now = (more: Partial<Consciousness>): Consciousness => ({
  at: new Date(NOW).toISOString(), feeling: 'worried', since: new Date(NOW - 40 * 60_000).toISOString(), valence: -0.2, arousal: 0, intensity: 0.2, confidence: 1, baseline: 0,
  awareness: { share: 1, fresh: 1, known: 1 }, mood: { feeling: 'content', valence: 0, arousal: 0 }, better: [], glad: [], concerns: [],
  reasons: [{ factor: 'comfort', contribution: 0.1, text: 'comfortable', evidence: [], more: 0 }, { factor: 'danger', contribution: -0.3, text: 'Kitchen leak sensor feels water', evidence: [], more: 0 }],
  ...more,
});

it('knows what is felt now before it is kept', () => {
  const all = ticks(untilNow([felt(70, 'content', 0.4)], now({})), NOW);
  expect(all.slice(-3).map((it) => it.feeling)).toEqual(['content', 'content', 'worried']);
  expect(untilNow([], null)).toEqual([]);
});

it('says why it does not feel well, and nothing twice', () => {
  expect(because(now({}), 'All devices are answering.')).toBe('Kitchen leak sensor feels water.');
  expect(because(now({ feeling: 'content' }), '')).toBe('');
  const row = { kind: 'property', id: null, name: 'Kitchen leak sensor', device: null, property: null, value: null, unit: null, at: null, link: null };
  const reasons = [{ factor: 'danger', contribution: -0.3, text: 'x', evidence: [row], more: 0 }];
  expect(because(now({ reasons }), 'Kitchen leak sensor reports water.')).toBe('');
});

it('adds reasons up from the baseline to the valence', () => {
  const { steps, total } = sum(0.2, [{ factor: 'comfort', contribution: 0.3, text: '' }, { factor: 'faults', contribution: -0.4, text: '' }]);
  expect(steps.map((it) => [it.from, it.to].map((one) => Math.round(one * 100)))).toEqual([[20, 50], [50, 10]]);
  expect(total).toBeCloseTo(0.1);
  expect([0.123, -0.3, 0.001].map(signed)).toEqual(['+0.12', '−0.30', '0.00']);
});

it('follows one factor over the day', () => {
  expect(course([felt(26 * 60, 'content', 1), felt(60, 'content', 0.4), felt(10, 'content', 0.2)], 'comfort', NOW).map((it) => it.value)).toEqual([0.2, 0.1]);
  expect(course([felt(60, 'content', 0.4)], 'energy', NOW).map((it) => it.value)).toEqual([0]);
});

it('leads from a row to where it can be looked at, and says what it says', () => {
  const row = (more: Partial<Evidence>): Evidence => ({ kind: 'property', id: null, name: 'Hall', device: 'hall', property: 'TemperatureMeasurement.temperature', value: 18.24, unit: '°C', at: null, link: null, ...more });
  expect(placeOf(row({}))).toBe('/devices/hall?property=TemperatureMeasurement.temperature');
  expect(placeOf(row({ kind: 'run', id: 'r1', device: null }))).toBe('/automations/runs/r1');
  expect(placeOf(row({ kind: 'presence', device: null }))).toBeNull();
  expect(says(row({}))).toBe('Temperature 18.2°');
  expect(says(row({ value: null }))).toBe('Temperature unknown');
  expect(says(row({ property: 'Contact.open', value: true, unit: null }))).toBe('Open');
  expect(says(row({ kind: 'connectivity', value: false }))).toBe('not answering');
});
