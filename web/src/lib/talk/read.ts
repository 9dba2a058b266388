/** From an answer on the wire to what the page shows. Pure. */
import { millis, quantity } from '../format';
import type { Device, Id, Value } from '../wire';
import { booleanWords, humanize } from '../words';
import type { Answer, ChatAction, ChatEvidence, Turn } from './wire';

export type Row = { name: string; says: string; place: string | null; device: string | null; property: string | null; figure: boolean; /** A sentence rather than a figure: it takes the whole width. */ sentence: boolean; at: number | null };
export type Tone = 'ok' | 'bad' | 'open';

export type Action = { text: string; outcome: string; tone: Tone; note: string | null; wish: Id | null; place: string | null; /** The id by which the house takes it back, where it can. */ undo: Id | null };

export type Said = {
  id: string;
  from: 'person' | 'house';
  text: string;
  state: 'said' | 'streaming' | 'stopped' | 'failed';
  evidence: Row[];
  actions: Action[];
  /** Who answered, where it was not the house's own understanding. */
  by: string | null;
};

type Devices = { get(id: Id): Device | undefined };

const TONES: Record<string, Tone> = { reached: 'ok', delivered: 'ok', scheduled: 'ok', refused: 'bad', timed_out: 'bad' };
const WORDS: Record<string, string> = {
  planned: 'only understood', unconfirmed: 'waits for a yes', pending: 'under way', superseded: 'something else was wanted meanwhile', refused: 'refused', timed_out: 'no answer in time',
  scheduled: 'planned for later', delivered: 'sent; it never answers', reached: 'done',
};

const at = encodeURIComponent;

function placeOf(it: ChatEvidence, devices: Devices): string | null {
  if (it.kind === 'rule') return it.reference ? `/automations/scenario/${at(it.reference)}` : '/automations';
  if (it.kind === 'concern' || it.kind === 'reason') return '/mood';
  if (it.kind === 'discovery') return '/discover';
  if (it.kind === 'memory' || it.kind === 'pattern') return '/memory';
  const device = it.device ? devices.get(it.device) : undefined;
  if (device && it.kind === 'event') return `/timeline?device=${at(device.slug)}`;
  if (device) return `/devices/${at(device.slug)}${it.path ? `?property=${at(it.path)}` : ''}`;
  return it.kind === 'event' || it.kind === 'candidate' ? '/timeline' : null;
}

function measured(value: Value, unit: string | null, path: string | null): string {
  if (typeof value === 'number') return quantity(value, unit);
  if (typeof value === 'boolean') return booleanWords(path ?? '')[value ? 0 : 1];
  return humanize(value);
}

export function row(it: ChatEvidence, devices: Devices): Row {
  const device = it.device ? devices.get(it.device) : undefined;
  const sentence = it.text !== null && (it.value === null || it.kind === 'reason' || it.kind === 'alert');
  const says = it.value !== null && it.kind !== 'reason' && it.kind !== 'alert' ? measured(it.value, it.unit, it.path) : (it.text ?? (it.path ? 'Unknown' : ''));
  const name = it.kind === 'event' || it.kind === 'candidate' || it.kind === 'reason' || it.kind === 'concern' ? (device?.name ?? humanize(it.name)) : it.name || (device?.name ?? humanize(it.kind));
  return {
    name, says: it.stale ? `${says} (before the last restart)` : says, place: placeOf(it, devices), device: device?.slug ?? null, property: it.path,
    figure: typeof it.value === 'number' && it.path !== null, sentence, at: millis(it.at),
  };
}

/** What the walk through the house did. */
function walked(it: Pick<ChatAction, 'capability' | 'command' | 'args'>, name: string): string {
  const arg = (key: string) => String(it.args?.[key] ?? '');
  const what: Record<string, string> = {
    'Area make': `${name} on the map`, 'Area remove': `${name} off the map`, 'Area rename': `${name} is ${arg('name')} now`, 'Area connect': `Doorway: ${name} – ${arg('to')}`, 'Area disconnect': `No doorway: ${name} – ${arg('from')}`,
    'Device adopt': `${name} taken in${arg('area') ? `: ${arg('area')}` : ''}`, 'Device move': `${name}: ${arg('area') || 'no room'}`, 'Memory note': `Noted: ${name}`, 'House name': `The house is called ${name}`, 'House place': `Place: ${name}`,
  };
  return what[`${it.capability} ${it.command}`] ?? `${name}: ${humanize(it.command).toLowerCase()}`;
}

/** What an action does, in few words: `Hall light: on`, `Heater: heating setpoint 21`. */
export function words(it: Pick<ChatAction, 'name' | 'slug' | 'capability' | 'command' | 'args'>): string {
  const name = it.name || humanize(it.slug);
  if (it.capability === 'Scenario') {
    const what: Record<string, string> = { put: `Rule “${name}” kept`, remove: `“${name}” dropped`, run: `“${name}” runs`, stop: `“${name}” stopped`, schedule: `Planned: ${name}` };
    return what[it.command] ?? `${name}: ${humanize(it.command).toLowerCase()}`;
  }
  if (it.capability === 'Area' || it.capability === 'Memory' && it.command === 'note' || it.capability === 'Device' || it.capability === 'House' && it.command !== 'set_mode') return walked(it, name);
  if (it.capability === 'Scene') return `Scene “${name}”`;
  if (it.capability === 'Memory') return `${it.command === 'forget' ? 'Forgotten' : 'Remembered'}: ${name.replace(/[.]$/, '')}`;
  if (it.capability === 'House') return `Mode ${name.toLowerCase()}`;
  const args = Object.entries(it.args ?? {}).map(([key, value]) => {
    const what = humanize(key).toLowerCase();
    return typeof value === 'boolean' ? `${what} ${value ? 'on' : 'off'}` : `${what} ${value}`;
  });
  if (it.command === 'set' && args.length > 0) return `${name}: ${args.join(', ')}`;
  return `${name}: ${[humanize(it.command).toLowerCase(), ...args].join(' ')}`;
}

export function action(it: ChatAction): Action {
  const tone = TONES[it.outcome] ?? 'open';
  const place = it.run ? `/automations/runs/${at(it.run)}` : it.capability === 'Scenario' && it.command === 'put' ? `/automations/scenario/${at(it.slug)}` : null;
  const undo = it.undo && it.outcome !== 'refused' ? it.id : null;
  const note = it.note ?? (tone === 'ok' && it.outcome === 'reached' ? null : (WORDS[it.outcome] ?? humanize(it.outcome)));
  return { text: words(it), outcome: it.outcome, tone, note, wish: it.wish, place, undo };
}

/** Many of one kind of end are told as one: the first by name, the rest behind it. */
export type Bunch = { outcome: string; tone: Tone; note: string | null; actions: { action: Action; number: number }[] };

export function bunches(actions: Action[], few = 3): Bunch[] {
  const all: Bunch[] = [];
  const many = actions.length > few;
  actions.forEach((action, number) => {
    const same = many ? all.find((it) => it.outcome === action.outcome && it.note === action.note) : undefined;
    if (same) same.actions.push({ action, number });
    else all.push({ outcome: action.outcome, tone: action.tone, note: action.note, actions: [{ action, number }] });
  });
  return all;
}

export function house(id: string, answer: Answer, devices: Devices): Said {
  return {
    id, from: 'house', text: answer.response, state: 'said', evidence: answer.evidence.map((it) => row(it, devices)), actions: answer.actions.map(action),
    by: answer.engine === 'embedded' ? null : `Answered with ${answer.engine}`,
  };
}

export function person(id: string, text: string): Said {
  return { id, from: 'person', text, state: 'said', evidence: [], actions: [], by: null };
}

/** What was said before, as it was kept. */
export function kept(turns: Turn[], devices: Devices): Said[] {
  return turns.flatMap((it, i) => [
    // Where the house began, nobody had said anything.
    ...(it.message === '' ? [] : [person(`${i} p`, it.message)]),
    {
      id: `${i} h`, from: 'house' as const, text: it.response, state: 'said' as const, evidence: (it.details?.evidence ?? []).map((one) => row(one, devices)), by: it.engine === 'embedded' ? null : `Answered with ${it.engine}`,
      actions: (it.details?.actions ?? []).map((one) =>
        action({ args: {}, device: null, endpoint: null, note: null, wish: null, run: null, ...one, undo: !!one.undo && one.undo.kind !== 'never' } as ChatAction),
      ),
    },
  ]);
}

/** What can be answered to a pending question by pressing it. */
export function choices(answer: Answer | null): string[] {
  if (!answer?.pending) return [];
  if (answer.pending.choices.length > 0) return answer.pending.choices;
  return answer.pending.kind === 'confirm' ? ['Yes', 'No'] : [];
}
