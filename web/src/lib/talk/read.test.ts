import { expect, it } from 'vitest';
import { device, property } from '../live/testing';
import { action, bunches, choices, house, kept, row, words } from './read';
import type { Answer, ChatAction, ChatEvidence } from './wire';

const lamp = device('hall_lamp', 'light', [property('OnOff.on_off', false, { writable: true }), property('LevelControl.current_level', 40, { writable: true })]);
const devices = new Map([[lamp.id, lamp]]);

const told = (more: Partial<ChatAction>): ChatAction => ({
  id: 'a', undo: false, device: lamp.id, slug: 'hall_lamp', name: 'Hall lamp', endpoint: null, capability: 'OnOff', command: 'on', args: {}, outcome: 'reached', note: null, wish: null, run: null, ...more,
});
const evidence = (more: Partial<ChatEvidence>): ChatEvidence => ({
  kind: 'property', device: lamp.id, name: 'Hall lamp', path: 'LevelControl.current_level', value: 40, unit: '%', at: null, since: null, stale: false, text: null, reference: null, ...more,
});
const answer = (more: Partial<Answer>): Answer => ({
  conversation_id: 'c', response: 'Done.', intent: { name: 'command', slots: {} }, actions: [], evidence: [], suggestions: [], engine: 'embedded', pending: null, ...more,
});

it('says what was done and how it ended, never more', () => {
  expect(words(told({}))).toBe('Hall lamp: on');
  expect(words(told({ command: 'set', args: { current_level: 40 } }))).toBe('Hall lamp: current level 40');
  expect(words(told({ capability: 'Scenario', command: 'put', name: 'Lock up' }))).toBe('Rule “Lock up” kept');
  expect(action(told({})).note).toBeNull();
  expect(action(told({ outcome: 'refused', note: 'Nobody is home.' }))).toMatchObject({ tone: 'bad', note: 'Nobody is home.' });
  expect(action(told({ outcome: 'pending' }))).toMatchObject({ tone: 'open', note: 'under way' });
  expect(action(told({ outcome: 'delivered' }))).toMatchObject({ note: 'sent; it never answers' });
});

it('tells many of one end as one, and keeps which is which', () => {
  const all = [told({}), told({ name: 'Porch' }), told({ name: 'Oven', outcome: 'refused', note: 'no' }), told({ name: 'Attic' })].map(action);
  expect(bunches(all).map((it) => it.actions.map((one) => one.number))).toEqual([[0, 1, 3], [2]]);
  expect(bunches(all.slice(0, 3))).toHaveLength(3);
});

it('offers to take back what the house can take back', () => {
  expect(action(told({ undo: true })).undo).toBe('a');
  expect(action(told({ undo: false })).undo).toBeNull();
  expect(action(told({ undo: true, outcome: 'refused' })).undo).toBeNull();
  expect(words(told({ capability: 'Memory', command: 'remember', name: 'The key is red.' }))).toBe('Remembered: The key is red');
});

it('leads from each row to the data', () => {
  expect(row(evidence({}), devices)).toMatchObject({ name: 'Hall lamp', says: '40 %', place: '/devices/hall_lamp?property=LevelControl.current_level', figure: true });
  expect(row(evidence({ value: null, stale: true }), devices).says).toBe('Unknown (before the last restart)');
  expect(row(evidence({ kind: 'reason', device: null, path: null, name: 'comfort', value: 0.2, text: 'Every room is in its band.' }), devices)).toMatchObject({ name: 'Comfort', says: 'Every room is in its band.', place: '/mood', figure: false });
  expect(row(evidence({ kind: 'event', name: 'operator', path: null, value: null, text: 'It was turned on.' }), devices)).toMatchObject({ name: 'Hall lamp', place: '/timeline?device=hall_lamp' });
});

it('offers the answers to a question, and who answered', () => {
  expect(choices(null)).toEqual([]);
  expect(choices(answer({ pending: { question: '?', kind: 'which', choices: ['Hall', 'Porch'] } }))).toEqual(['Hall', 'Porch']);
  expect(choices(answer({ pending: { question: '?', kind: 'confirm', choices: [] } }))).toEqual(['Yes', 'No']);
  expect(choices(answer({ pending: { question: 'What shall it be called?', kind: 'what', choices: [] } }))).toEqual([]);
  expect(house('1', answer({ engine: 'openai/x' }), devices).by).toBe('Answered with openai/x');
});

it('shows what was said before', () => {
  const said = kept([{ at: '', who: { kind: 'operator' }, message: 'Light on', response: 'It is on.', intent: 'command', engine: 'embedded', details: { actions: [{ slug: 'hall_lamp', name: 'Hall lamp', capability: 'OnOff', command: 'on', outcome: 'reached', id: 'a', undo: { kind: 'values' } }], evidence: [evidence({})] } }], devices);
  expect(said.map((it) => [it.from, it.text])).toEqual([['person', 'Light on'], ['house', 'It is on.']]);
  expect(said[1]!.actions[0]).toMatchObject({ text: 'Hall lamp: on', undo: 'a' });
  expect(said[1]!.evidence[0]).toMatchObject({ name: 'Hall lamp', says: '40 %' });
});
