/** A rehearsal as marks on a line of time, one lane for each scenario that runs. Pure. */
import { millis } from '../format';
import type { Rehearsal } from './rehearsal';
import { RUN_TONE } from './words';

export type Mark = { at: number; left: number; width: number; tone: 'ok' | 'warn' | 'bad' | 'on' | 'quiet'; title: string };
export type Lane = { name: string; marks: Mark[] };
export type Tick = { at: number; left: number };
export type Drawing = { from: number; until: number; lanes: Lane[]; ticks: Tick[]; daily: boolean };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY];

/** How far a zone is ahead of UTC at a moment, in milliseconds. */
export function ahead(at: number, zone: string): number {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
    }).formatToParts(at);
    const of = (type: string) => Number(parts.find((it) => it.type === type)?.value);
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - Math.floor(at / SECOND) * SECOND;
  } catch {
    return 0;
  }
}

/** Round moments of the house's own day between two, at most `most` of them. */
export function ticks(from: number, until: number, zone: string, most: number): { ticks: number[]; step: number } {
  const step = STEPS.find((it) => (until - from) / it <= most) ?? STEPS.at(-1)!;
  const found: number[] = [];
  for (let at = from; found.length <= most; ) {
    const offset = ahead(at, zone);
    let next = Math.ceil((at + offset) / step) * step - offset;
    // Over a change of the clock the next round moment lies an hour elsewhere.
    next += offset - ahead(next, zone);
    if (next > until) break;
    found.push(next);
    at = next + 1;
  }
  return { ticks: found, step };
}

export function draw(rehearsal: Rehearsal, zone: string, most = 7): Drawing | null {
  const from = millis(rehearsal.from);
  const end = millis(rehearsal.until);
  if (from === null || end === null || end <= from) return null;
  // What ends early need not be drawn against a long nothing.
  const moments = [
    ...rehearsal.runs.flatMap((it) => [millis(it.started_at), millis(it.ended_at)]),
    ...rehearsal.lines.map((it) => millis(it.at)), ...rehearsal.refusals.map((it) => millis(it.at)), ...rehearsal.messages.map((it) => millis(it.at)),
  ].filter((it): it is number => it !== null);
  const until = rehearsal.replayed ? end : Math.min(end, Math.max(from + SECOND, ...moments) + Math.max(SECOND, (Math.max(from, ...moments) - from) * 0.06));
  const left = (at: number) => Math.max(0, Math.min(100, ((at - from) / (until - from)) * 100));
  const lanes = new Map<string, Lane>();
  for (const run of rehearsal.runs) {
    const at = millis(run.started_at);
    if (at === null) continue;
    const to = millis(run.ended_at) ?? at;
    const lane = lanes.get(run.scenario) ?? { name: run.name, marks: [] };
    lane.marks.push({ at, left: left(at), width: Math.max(0, left(to) - left(at)), tone: RUN_TONE[run.state], title: run.trigger });
    lanes.set(run.scenario, lane);
  }
  const all = [...lanes.values()];
  const dots = (name: string, lines: Rehearsal['lines'], tone: Mark['tone']) => {
    const marks = lines.flatMap((it): Mark[] => {
      const at = millis(it.at);
      return at === null ? [] : [{ at, left: left(at), width: 0, tone, title: it.text }];
    });
    if (marks.length > 0) all.push({ name, marks });
  };
  dots('Refused', rehearsal.refusals, 'bad');
  dots('Told or asked', rehearsal.messages, 'quiet');
  const round = ticks(from, until, zone, most);
  return { from, until, lanes: all, ticks: round.ticks.map((at) => ({ at, left: left(at) })), daily: round.step >= DAY };
}

/** What a rehearsal came to, in a sentence or two. */
export function verdict(it: Rehearsal): string {
  const runs = it.runs.filter((run) => run.state !== 'skipped');
  const own = runs.filter((run) => run.scenario === it.scenario).length;
  const times = own === 1 ? 'once' : own === 2 ? 'twice' : `${own} times`;
  const parts: string[] = [];
  const held = it.runs.filter((run) => run.state === 'skipped' && run.scenario === it.scenario).length;
  if (it.replayed) {
    if (own > 0) parts.push(`It would have run ${times}.`);
    else parts.push(held > 0 ? 'It would not have run.' : 'Nothing would have set it off.');
    if (held > 0) parts.push(`${held === 1 ? 'Once' : `${held} times`} it would have been set off and held back.`);
  } else parts.push(own > 0 ? 'It would run.' : 'It would not run.');
  const bad = runs.filter((run) => run.state === 'failed' || run.state === 'incomplete').length;
  if (it.refusals.length > 0) parts.push(it.refusals.length === 1 ? 'The house would refuse one thing.' : `The house would refuse ${it.refusals.length} things.`);
  else if (bad > 0) parts.push(bad === 1 ? 'One run would not come to its good end.' : `${bad} runs would not come to their good end.`);
  else if (own > 0) parts.push('Nothing would be refused.');
  if (it.sets_off.length > 0) parts.push(it.sets_off.length === 1 ? 'It would set off one other.' : `It would set off ${it.sets_off.length} others.`);
  if (it.loops.length > 0) parts.push('It would go in a circle.');
  if (it.conflicts.length > 0) parts.push('It would fight with another rule.');
  return parts.join(' ');
}
