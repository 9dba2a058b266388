import { expect, it } from 'vitest';
import { ahead, draw, ticks, verdict } from './drawing';
import type { Rehearsal } from './rehearsal';
import type { Run } from './wire';

const rehearsal = (more: Partial<Rehearsal> = {}): Rehearsal => ({
  scenario: 'evening', sentence: '', from: '2026-11-16T08:00:00Z', until: '2026-11-23T08:00:00Z', lines: [], runs: [], untold: 0, cut: false,
  refusals: [], sets_off: [], loops: [], conflicts: [], messages: [], energy: null, replayed: { properties: 1, happened: 2, not_replayed: [] }, ...more,
});
const run = (scenario: string, started_at: string, ended_at: string, state: Run['state'] = 'completed'): Run => ({
  id: started_at, scenario, name: scenario, state, note: null, trigger: 'the sun has set', cause: { id: '', parent: null, who: { kind: 'house' } },
  chain: [], parameters: {}, started_at, ended_at, trace: [],
});

it('knows how far a zone is ahead, on both sides of the change of the clock', () => {
  expect(ahead(Date.parse('2026-07-01T12:00:00Z'), 'Europe/Berlin')).toBe(2 * 3_600_000);
  expect(ahead(Date.parse('2026-12-01T12:00:00Z'), 'Europe/Berlin')).toBe(3_600_000);
});

it('sets its ticks at round moments of the house’s own day, also over a change of the clock', () => {
  const { ticks: all, step } = ticks(Date.parse('2026-10-22T10:00:00Z'), Date.parse('2026-10-29T10:00:00Z'), 'Europe/Berlin', 8);
  expect(step).toBe(86_400_000);
  expect(all.map((at) => new Date(at).toISOString())).toEqual([
    '2026-10-22T22:00:00.000Z', '2026-10-23T22:00:00.000Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z',
    '2026-10-26T23:00:00.000Z', '2026-10-27T23:00:00.000Z', '2026-10-28T23:00:00.000Z',
  ]);
});

it('draws each scenario on a lane of its own, and what was refused on another', () => {
  const it = draw(
    rehearsal({
      runs: [run('evening', '2026-11-19T20:00:00Z', '2026-11-19T20:00:00Z'), run('night', '2026-11-20T08:00:00Z', '2026-11-20T20:00:00Z', 'failed')],
      refusals: [{ at: '2026-11-23T08:00:00Z', text: 'no' }],
    }),
    'UTC',
  )!;
  expect(it.lanes.map((lane) => [lane.name, lane.marks.map((mark) => [Math.round(mark.left), Math.round(mark.width), mark.tone])])).toEqual([
    ['evening', [[50, 0, 'ok']]], ['night', [[57, 7, 'bad']]], ['Refused', [[100, 0, 'bad']]],
  ]);
});

it('does not draw a long nothing after the last thing that would happen', () => {
  const it = draw(rehearsal({ replayed: null, until: '2027-02-16T08:00:00Z', runs: [run('evening', '2026-11-16T08:00:00Z', '2026-11-16T08:05:00Z')] }), 'UTC')!;
  expect(it.until - it.from).toBeLessThan(6 * 60_000);
});

it('says what it came to', () => {
  const twice = [run('evening', '2026-11-19T20:00:00Z', '2026-11-19T20:00:00Z'), run('evening', '2026-11-20T20:00:00Z', '2026-11-20T20:00:00Z')];
  expect(verdict(rehearsal())).toBe('Nothing would have set it off.');
  expect(verdict(rehearsal({ runs: [{ ...twice[0]!, state: 'skipped' }] }))).toBe('It would not have run. Once it would have been set off and held back.');
  expect(verdict(rehearsal({ runs: twice, sets_off: ['night'], loops: ['x'] }))).toBe('It would have run twice. Nothing would be refused. It would set off one other. It would go in a circle.');
  expect(verdict(rehearsal({ replayed: null, runs: [twice[0]!], refusals: [{ at: '', text: '' }] }))).toBe('It would run. The house would refuse one thing.');
});
