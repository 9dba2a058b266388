/**
 * The cards of the editor: which kinds of triggers, conditions and steps there are, what each asks
 * for, and which one a written part is. The server judges; nothing here decides what is right.
 */
import type { Part } from './wire';

export type Sort = 'when' | 'if' | 'then';

export type Field =
  | { as: 'text'; key: string; label: string; hint?: string; long?: boolean }
  | { as: 'clock'; key: string; label: string }
  | { as: 'span'; key: string; label: string; hint?: string }
  | { as: 'number'; key: string; label: string; min?: number; max?: number }
  | { as: 'truth'; key: string; label: string }
  | { as: 'choice'; key: string; label: string; options: [value: string, label: string][]; optional?: string }
  | { as: 'days' }
  | { as: 'target' }
  | { as: 'property' }
  | { as: 'comparison'; change: boolean }
  | { as: 'person' }
  | { as: 'scenario'; key: string; label: string }
  | { as: 'scene' }
  | { as: 'verb' }
  | { as: 'set' }
  | { as: 'json'; key: string; label: string; hint?: string }
  | { as: 'cards'; sort: Sort; key: string; label: string }
  | { as: 'branches'; key: string; label: string }
  | { as: 'answers' };

export type Kind = {
  /** The key by which a written part of this kind is known. */
  head: string;
  name: string;
  fields: Field[];
  fresh: () => Part;
  /** Kept behind "more": for those who know what they want. */
  rare?: boolean;
};

const FOR: Field = { as: 'span', key: 'for', label: 'for at least', hint: '5min' };
const DAYS: Field = { as: 'days' };
const TARGET: Field = { as: 'target' };

export const TRIGGERS: Kind[] = [
  {
    head: 'property', name: 'A value changes', fresh: () => ({ property: '' }),
    fields: [TARGET, { as: 'property' }, { as: 'comparison', change: true }, FOR],
  },
  { head: 'time', name: 'At a time of day', fresh: () => ({ time: '07:00' }), fields: [{ as: 'clock', key: 'time', label: 'at' }, DAYS] },
  {
    head: 'sun', name: 'At sunrise or sunset', fresh: () => ({ sun: 'sunset' }),
    fields: [
      { as: 'choice', key: 'sun', label: 'when', options: [['sunset', 'the sun sets'], ['sunrise', 'the sun rises']] },
      { as: 'span', key: 'offset', label: 'later or earlier by', hint: '-20min' }, DAYS,
    ],
  },
  { head: 'presence', name: 'Somebody comes or goes', fresh: () => ({ presence: 'anyone' }), fields: [{ as: 'person' }, FOR] },
  {
    head: 'event', name: 'A button or other event', fresh: () => ({ event: 'any' }),
    fields: [TARGET, { as: 'text', key: 'event', label: 'what happens', hint: 'any, or its name' }],
  },
  {
    head: 'mode', name: 'The house goes into a mode', fresh: () => ({ mode: 'night' }),
    fields: [{ as: 'text', key: 'mode', label: 'mode', hint: 'home, night, away' }, FOR],
  },
  {
    head: 'scenario', name: 'Another scenario has ended', fresh: () => ({ scenario: '' }),
    fields: [
      { as: 'scenario', key: 'scenario', label: 'scenario' },
      {
        as: 'choice', key: 'ended', label: 'how', optional: 'in any way',
        options: [['completed', 'it was completed'], ['failed', 'it failed'], ['stopped', 'it was stopped']],
      },
    ],
  },
  {
    head: 'connectivity', name: 'A device is lost or back', fresh: () => ({ connectivity: 'offline' }),
    fields: [
      TARGET,
      { as: 'choice', key: 'connectivity', label: 'becomes', options: [['offline', 'no longer reached'], ['online', 'reached again']] }, FOR,
    ],
  },
  { head: 'start', name: 'The house starts', fresh: () => ({ start: true }), fields: [], rare: true },
  { head: 'cron', name: 'At the times of a cron expression', fresh: () => ({ cron: '0 7 * * 1-5' }), fields: [{ as: 'text', key: 'cron', label: 'cron', hint: '0 7 * * 1-5' }], rare: true },
  { head: 'note', name: 'Anything on the timeline', fresh: () => ({ note: '' }), fields: [{ as: 'text', key: 'note', label: 'kind of event', hint: 'alert_raised' }], rare: true },
  { head: 'webhook', name: 'A webhook is called', fresh: () => ({ webhook: '' }), fields: [{ as: 'text', key: 'webhook', label: 'name' }], rare: true },
];

export const CONDITIONS: Kind[] = [
  {
    head: 'property', name: 'A value is so', fresh: () => ({ property: '' }),
    fields: [
      TARGET, { as: 'property' }, { as: 'comparison', change: false },
      { as: 'choice', key: 'of', label: 'where several are meant', optional: 'at least one of them', options: [['all', 'all of them']] },
      {
        as: 'choice', key: 'statistic', label: 'over a stretch of time', optional: 'no, as it is now',
        options: [['mean', 'its mean'], ['min', 'its lowest'], ['max', 'its highest'], ['increase', 'its increase']],
      },
      { as: 'span', key: 'over', label: 'over the last', hint: '1h' },
      { as: 'truth', key: 'baseline', label: 'in times of what is usual at this hour' },
    ],
  },
  {
    head: 'after', name: 'It is a time of day', fresh: () => ({ after: '07:00', before: '22:00' }),
    fields: [{ as: 'clock', key: 'after', label: 'after' }, { as: 'clock', key: 'before', label: 'before' }, DAYS],
  },
  { head: 'presence', name: 'Somebody is home or away', fresh: () => ({ presence: 'anyone' }), fields: [{ as: 'person' }] },
  { head: 'mode', name: 'The house is in a mode', fresh: () => ({ mode: 'home' }), fields: [{ as: 'text', key: 'mode', label: 'mode', hint: 'home, night, away' }] },
  {
    head: 'sun', name: 'The sun is up or down', fresh: () => ({ sun: 'down' }),
    fields: [{ as: 'choice', key: 'sun', label: 'the sun is', options: [['down', 'down'], ['up', 'up']] }],
  },
  { head: 'any', name: 'At least one of several', fresh: () => ({ any: [] }), fields: [{ as: 'cards', sort: 'if', key: 'any', label: 'At least one of these' }] },
  { head: 'all', name: 'All of several', fresh: () => ({ all: [] }), fields: [{ as: 'cards', sort: 'if', key: 'all', label: 'All of these' }] },
  { head: 'not', name: 'Not so', fresh: () => ({ not: [] }), fields: [{ as: 'cards', sort: 'if', key: 'not', label: 'It is not so that' }] },
  { head: 'expression', name: 'An expression', fresh: () => ({ expression: '' }), fields: [{ as: 'text', key: 'expression', label: 'expression', long: true }], rare: true },
];

const DELAY: Field = { as: 'span', key: 'delay', label: 'wait before by', hint: '30s' };

export const STEPS: Kind[] = [
  { head: 'do', name: 'Tell devices something', fresh: () => ({ do: 'turn_on' }), fields: [TARGET, { as: 'verb' }, DELAY] },
  { head: 'scenario', name: 'Run a scenario', fresh: () => ({ scenario: '' }), fields: [{ as: 'scenario', key: 'scenario', label: 'scenario' }, { as: 'json', key: 'with', label: 'with', hint: '{"guest_count": 8}' }, DELAY] },
  { head: 'scene', name: 'Bring back a scene', fresh: () => ({ scene: '' }), fields: [{ as: 'scene' }, DELAY] },
  { head: 'wait', name: 'Wait', fresh: () => ({ wait: '5min' }), fields: [{ as: 'span', key: 'wait', label: 'for', hint: '5min' }] },
  {
    head: 'wait_until', name: 'Wait until something holds', fresh: () => ({ wait_until: [], timeout: '1h' }),
    fields: [
      { as: 'cards', sort: 'if', key: 'wait_until', label: 'Until' }, { as: 'span', key: 'timeout', label: 'at most', hint: '1h' },
      { as: 'truth', key: 'required', label: 'end here if it takes longer' },
    ],
  },
  {
    head: 'if', name: 'One thing or the other', fresh: () => ({ if: [], then: [] }),
    fields: [{ as: 'cards', sort: 'if', key: 'if', label: 'If' }, { as: 'cards', sort: 'then', key: 'then', label: 'Then' }, { as: 'cards', sort: 'then', key: 'else', label: 'Otherwise' }, DELAY],
  },
  {
    head: 'notify', name: 'Tell people', fresh: () => ({ notify: '' }),
    fields: [
      { as: 'text', key: 'notify', label: 'message', long: true }, { as: 'text', key: 'title', label: 'heading' },
      { as: 'truth', key: 'urgent', label: 'even in the quiet hours' }, DELAY,
    ],
  },
  {
    head: 'ask', name: 'Ask somebody', fresh: () => ({ ask: '', timeout: '1h', yes: [] }),
    fields: [
      { as: 'text', key: 'ask', label: 'question', long: true }, { as: 'text', key: 'person', label: 'whom', hint: 'anybody' },
      { as: 'span', key: 'timeout', label: 'wait at most', hint: '1h' }, { as: 'answers' }, DELAY,
    ],
  },
  { head: 'mode', name: 'Put the house into a mode', fresh: () => ({ mode: 'night' }), fields: [{ as: 'text', key: 'mode', label: 'mode', hint: 'home, night, away' }, DELAY] },
  { head: 'set', name: 'Set values', fresh: () => ({ set: {} }), fields: [TARGET, { as: 'set' }, DELAY], rare: true },
  {
    head: 'repeat', name: 'Do something again', fresh: () => ({ repeat: 2, steps: [] }),
    fields: [
      { as: 'number', key: 'repeat', label: 'times, at most', min: 1, max: 1000 },
      { as: 'cards', sort: 'if', key: 'while', label: 'As long as' }, { as: 'cards', sort: 'then', key: 'steps', label: 'Do' }, DELAY,
    ],
    rare: true,
  },
  { head: 'parallel', name: 'Several things side by side', fresh: () => ({ parallel: [[], []] }), fields: [{ as: 'branches', key: 'parallel', label: 'Side by side' }, DELAY], rare: true },
  { head: 'stop', name: 'End here', fresh: () => ({ stop: true }), fields: [DELAY], rare: true },
];

const SORTS: Record<Sort, Kind[]> = { when: TRIGGERS, if: CONDITIONS, then: STEPS };

export const kinds = (sort: Sort): Kind[] => SORTS[sort];

/** The order in which the server looks for heads, where a part has more than one. */
const FIRST: Record<Sort, string[]> = {
  when: ['property', 'event', 'time', 'cron', 'sun', 'presence', 'connectivity', 'note', 'webhook', 'scenario', 'mode', 'start'],
  if: ['all', 'any', 'not', 'property', 'after', 'before', 'days', 'presence', 'mode', 'sun', 'expression'],
  then: ['do', 'set', 'scene', 'wait', 'wait_until', 'repeat', 'if', 'parallel', 'notify', 'scenario', 'mode', 'ask', 'builtin', 'stop'],
};

/** What kind of card a written part is; none where only its text can be shown. */
export function kindOf(sort: Sort, part: Part): Kind | null {
  const head = FIRST[sort].find((it) => it in part);
  const name = sort === 'if' && (head === 'before' || head === 'days') ? 'after' : head;
  return SORTS[sort].find((it) => it.head === name) ?? null;
}

/** What a kind writes besides its own fields: kept as it is and shown as text. */
export function leftOver(kind: Kind, part: Part): string[] {
  const known = new Set(kind.fields.flatMap(keysOf));
  known.add(kind.head);
  return Object.keys(part).filter((key) => !known.has(key));
}

export const TARGET_KEYS = ['device', 'devices', 'area', 'areas', 'floor', 'kind', 'except', 'everything'];
export const COMPARISONS = ['is', 'is_not', 'above', 'at_least', 'below', 'at_most', 'to', 'from'];

function keysOf(field: Field): string[] {
  switch (field.as) {
    case 'days':
      return ['days'];
    case 'target':
      return TARGET_KEYS;
    case 'property':
      return ['property'];
    case 'comparison':
      return COMPARISONS;
    case 'person':
      return ['presence', 'is'];
    case 'scene':
      return ['scene'];
    case 'verb':
      return ['do', 'value', 'args'];
    case 'set':
      return ['set'];
    case 'answers':
      return ['yes', 'no', 'choices', 'else'];
    default:
      return [field.key];
  }
}

export type Verb = { word: string; name: string; capability: string; value: string | null };

/** The everyday words for commands. The value's name is the property that it sets. */
export const VERBS: Verb[] = [
  { word: 'turn_on', name: 'turn on', capability: 'OnOff', value: null },
  { word: 'turn_off', name: 'turn off', capability: 'OnOff', value: null },
  { word: 'toggle', name: 'toggle', capability: 'OnOff', value: null },
  { word: 'set_brightness', name: 'set the brightness to', capability: 'LevelControl', value: 'current_level' },
  { word: 'set_color_temperature', name: 'set the colour temperature to', capability: 'ColorControl', value: 'color_temperature' },
  { word: 'set_temperature', name: 'heat to', capability: 'Thermostat', value: 'heating_setpoint' },
  { word: 'set_cooling_temperature', name: 'cool to', capability: 'Thermostat', value: 'cooling_setpoint' },
  { word: 'set_system_mode', name: 'set the mode to', capability: 'Thermostat', value: 'system_mode' },
  { word: 'lock', name: 'lock', capability: 'DoorLock', value: null },
  { word: 'unlock', name: 'unlock', capability: 'DoorLock', value: null },
  { word: 'set_position', name: 'set the position to', capability: 'WindowCovering', value: 'position' },
  { word: 'set_fan', name: 'set the fan to', capability: 'FanControl', value: 'percent' },
  { word: 'play', name: 'play', capability: 'MediaPlayback', value: null },
  { word: 'pause', name: 'pause', capability: 'MediaPlayback', value: null },
  { word: 'stop_playing', name: 'stop playing', capability: 'MediaPlayback', value: null },
  { word: 'set_volume', name: 'set the volume to', capability: 'MediaPlayback', value: 'volume' },
  { word: 'set_source', name: 'play the source', capability: 'MediaPlayback', value: 'source' },
  { word: 'set_charging', name: 'allow charging', capability: 'EnergyEvse', value: 'charging_enabled' },
  { word: 'close_valve', name: 'close', capability: 'ValveConfigurationAndControl', value: null },
];

/** What was typed for a value: a number or truth where it is one, else the text (`70 °F`, `$brightness`). */
export function typed(text: string): string | number | boolean {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  const number = Number(trimmed.replace(',', '.'));
  return trimmed !== '' && Number.isFinite(number) ? number : trimmed;
}

/** A list that is written as a single text where it has one entry. */
export function texts(part: Part, one: string, many: string): string[] {
  const list = (it: unknown) => (typeof it === 'string' ? [it] : Array.isArray(it) ? it.filter((entry) => typeof entry === 'string') : []);
  return one === many ? list(part[many]) : [...list(part[many]), ...list(part[one])];
}

export function writeTexts(part: Part, one: string, many: string, all: string[]): void {
  delete part[one];
  delete part[many];
  if (all.length === 1) part[one] = all[0];
  else if (all.length > 1) part[many] = all;
}
