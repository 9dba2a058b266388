import { expect, it } from 'vitest';
import type { Area } from '../wire';
import { groups, newest, span, summary, tally, tallyWords, withHeads, withNews } from './words';
import type { Outcome, Run, RunHead, RunState, Scenario, Sent } from './wire';

const scenario = (slug: string, more: Partial<Scenario> = {}): Scenario => ({
  slug, name: slug, description: '', sentence: '', enabled: true, is_rule: true, shipped: false, area: null, parameters: [], version: 1,
  running: 0, last_run: null, problems: [], document: { name: slug, then: [] }, ...more,
});
const sent = (...outcomes: Outcome[]): Sent[] => outcomes.map((outcome) => ({ device: 'lamp', wish: null, outcome, note: null }));
const run = (id: string, of: string, started_at: string): Run => ({
  id, scenario: of, name: of, state: 'completed', note: null, trigger: '', cause: { id: '', parent: null, who: { kind: 'house' } }, chain: [],
  parameters: {}, started_at, ended_at: null, trace: [],
});

it('puts scenarios under their rooms, the whole house last and rules first', () => {
  const areas = [{ id: 'a', slug: 'hall', name: 'Hall' }, { id: 'b', slug: 'attic', name: 'Attic' }] as Area[];
  const all = groups([scenario('z'), scenario('lamp', { area: 'hall', is_rule: false }), scenario('door', { area: 'Hall' }), scenario('old', { area: 'shed' }), scenario('fan', { area: 'attic' })], areas);
  expect(all.map((it) => it.name)).toEqual(['Attic', 'Hall', 'shed', 'The whole house']);
  expect(all[1]!.scenarios.map((it) => it.slug)).toEqual(['door', 'lamp']);
});

it('says only what was counted', () => {
  expect(summary([])).toBe('Nothing runs by itself yet.');
  expect(summary([scenario('a'), scenario('b', { enabled: false }), scenario('c', { is_rule: false, running: 1 })])).toBe(
    '1 of 2 rules is watching. One scenario waits to be asked. One is running now.',
  );
  expect(summary([scenario('a', { problems: ['no device is called `x`'] })])).toBe('One rule is watching. One cannot work as it is written.');
});

it('finds the newest run of each', () => {
  const last = newest([run('1', 'a', '2026-11-23T08:00:00Z'), run('2', 'a', '2026-11-23T09:00:00Z'), run('3', 'b', '2026-11-23T07:00:00Z')]);
  expect([last.get('a')?.id, last.get('b')?.id]).toEqual(['2', '3']);
});

it('takes what was told of a run for newer than what was read', () => {
  const head = (id: string, of: string, state: RunState, started_at: string): RunHead => ({ id, scenario: of, name: of, state, note: null, trigger: '', started_at, ended_at: null, lines: 1, asks: [] });
  const read = newest([{ ...run('1', 'a', '2026-11-23T08:00:00Z'), state: 'running' }, run('2', 'b', '2026-11-23T09:00:00Z')]);
  const all = withHeads(read, [head('1', 'a', 'failed', '2026-11-23T08:00:00Z'), head('0', 'b', 'stopped', '2026-11-23T08:30:00Z'), head('3', 'c', 'completed', '2026-11-23T10:00:00Z')]);
  expect([all.get('a')?.state, all.get('b')?.id, all.get('c')?.state]).toEqual(['failed', '2', 'completed']);
});

it('takes what was told of scenarios for newer than what was read', () => {
  const all = withNews([scenario('a'), scenario('c')], new Map([['a', scenario('a', { enabled: false })], ['c', null], ['b', scenario('b')]]));
  expect(all.map((it) => [it.slug, it.enabled])).toEqual([['a', false], ['b', true]]);
});

it('adds up what became of requests', () => {
  expect(tallyWords(tally(sent()))).toBe('Asked nothing of any device.');
  expect(tallyWords(tally(sent('reached')))).toBe('It asked for one thing, and that was done.');
  expect(tallyWords(tally(sent('reached', 'already', 'rejected', 'timed_out', 'pending', 'superseded', 'left_alone')))).toBe(
    '2 of 7 requests done, 1 under way, 1 refused, 1 without an answer, 1 overtaken by another wish, 1 left alone.',
  );
});

it('says how long something took', () => {
  expect([40, 400, 12_000, 61_000, 3_600_000, 4_800_000, 3 * 86_400_000].map(span)).toEqual(['0 s', '0.4 s', '12 s', '1 min', '1 h', '1 h 20 min', '3 days']);
});
