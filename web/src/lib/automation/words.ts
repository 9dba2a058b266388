/** Words for runs and scenarios, and how they are put in order. Pure. */
import { count, millis } from '../format';
import type { Area } from '../wire';
import type { Outcome, Run, RunHead, RunState, Scenario, Sent } from './wire';

export const RUN_WORDS: Record<RunState, string> = {
  queued: 'Waits for its turn', running: 'Running', completed: 'All done', incomplete: 'Not all of it worked',
  skipped: 'Skipped', stopped: 'Stopped', failed: 'Failed',
};

/** How a state looks: only ever beside its word. */
export const RUN_TONE: Record<RunState, 'ok' | 'warn' | 'bad' | 'on' | 'quiet'> = {
  queued: 'on', running: 'on', completed: 'ok', incomplete: 'warn', skipped: 'quiet', stopped: 'quiet', failed: 'bad',
};

export const OUTCOME_WORDS: Record<Outcome, string> = {
  asked: 'Asked', pending: 'Under way', reached: 'Done', superseded: 'Something else was wanted meanwhile',
  rejected: 'Refused', timed_out: 'No answer in time', already: 'Was so already', left_alone: 'Left alone',
};

export function outcomeTone(outcome: Outcome): 'ok' | 'warn' | 'bad' | 'on' | 'quiet' {
  if (outcome === 'reached' || outcome === 'already') return 'ok';
  if (outcome === 'rejected' || outcome === 'timed_out') return 'bad';
  return outcome === 'asked' || outcome === 'pending' ? 'on' : 'quiet';
}

export function isOn(run: Run): boolean {
  return run.state === 'running' || run.state === 'queued';
}

/** `0.4 s`, `12 s`, `3 min`, `1 h 20 min`: how long something took. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) return `${(Math.round(seconds * 10) / 10).toString()} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return count(Math.round(hours / 24), 'day');
}

export type Tally = { asked: number; done: number; refused: number; late: number; overtaken: number; left: number; open: number };

/** What became of everything that a run asked for. */
export function tally(requests: Sent[]): Tally {
  const of = (...all: Outcome[]) => requests.filter((it) => all.includes(it.outcome)).length;
  return {
    asked: requests.length, done: of('reached', 'already'), refused: of('rejected'), late: of('timed_out'),
    overtaken: of('superseded'), left: of('left_alone'), open: of('asked', 'pending'),
  };
}

export function tallyWords(it: Tally): string {
  if (it.asked === 0) return 'Asked nothing of any device.';
  if (it.asked === 1 && it.done === 1) return 'It asked for one thing, and that was done.';
  const parts = [`${it.done} of ${it.asked} ${it.asked === 1 ? 'request' : 'requests'} done`];
  if (it.open > 0) parts.push(`${it.open} under way`);
  if (it.refused > 0) parts.push(`${it.refused} refused`);
  if (it.late > 0) parts.push(`${it.late} without an answer`);
  if (it.overtaken > 0) parts.push(`${it.overtaken} overtaken by another wish`);
  if (it.left > 0) parts.push(`${it.left} left alone`);
  return `${parts.join(', ')}.`;
}

export type Group = { id: string; name: string; scenarios: Scenario[] };

/** Scenarios by room, rooms by name, the whole house last. A room that no longer exists keeps its name. */
export function groups(scenarios: Scenario[], areas: Iterable<Area>): Group[] {
  const known = [...areas];
  const all = new Map<string, Group>();
  for (const it of scenarios) {
    const area = known.find((one) => one.slug === it.area || one.id === it.area || one.name.toLowerCase() === it.area?.toLowerCase());
    const id = area?.slug ?? it.area ?? '';
    const group = all.get(id) ?? { id, name: area?.name ?? it.area ?? 'The whole house', scenarios: [] };
    group.scenarios.push(it);
    all.set(id, group);
  }
  for (const group of all.values()) {
    // What runs by itself first: that is what one wants to know about.
    group.scenarios.sort((a, b) => Number(b.is_rule) - Number(a.is_rule) || a.name.localeCompare(b.name));
  }
  return [...all.values()].sort((a, b) => Number(a.id === '') - Number(b.id === '') || a.name.localeCompare(b.name));
}

/** The newest run of each scenario. */
export function newest(runs: Run[]): Map<string, Run> {
  const last = new Map<string, Run>();
  for (const run of runs) {
    const other = last.get(run.scenario);
    if (!other || (millis(run.started_at) ?? 0) > (millis(other.started_at) ?? 0)) last.set(run.scenario, run);
  }
  return last;
}

/** What the list shows of a run. */
export type Last = Pick<Run, 'id' | 'state' | 'started_at'>;

/** The newest run of each, where what was told since is newer than what was read. */
export function withHeads(last: Map<string, Last>, heads: Iterable<RunHead>): Map<string, Last> {
  const all = new Map(last);
  for (const head of heads) {
    const known = all.get(head.scenario);
    if (!known || known.id === head.id || (millis(head.started_at) ?? 0) >= (millis(known.started_at) ?? 0)) all.set(head.scenario, head);
  }
  return all;
}

/** Scenarios as they were read, where what was told since is newer; by slug, as the server lists them. */
export function withNews(read: Scenario[], news: Map<string, Scenario | null>): Scenario[] {
  const all = new Map(read.map((it) => [it.slug, it]));
  for (const [slug, it] of news) {
    if (it) all.set(slug, it);
    else all.delete(slug);
  }
  return [...all.values()].sort((a, b) => (a.slug < b.slug ? -1 : 1));
}

/** What the page says first: only what was counted. */
export function summary(scenarios: Scenario[]): string {
  const rules = scenarios.filter((it) => it.is_rule);
  const others = scenarios.length - rules.length;
  const on = rules.filter((it) => it.enabled).length;
  const running = scenarios.reduce((all, it) => all + it.running, 0);
  const broken = scenarios.filter((it) => it.problems.length > 0).length;
  const parts: string[] = [];
  if (rules.length === 0) parts.push('Nothing runs by itself yet.');
  else if (on === rules.length) parts.push(rules.length === 1 ? 'One rule is watching.' : `${rules.length} rules are watching.`);
  else parts.push(`${on} of ${count(rules.length, 'rule')} ${on === 1 ? 'is' : 'are'} watching.`);
  if (others > 0) parts.push(others === 1 ? 'One scenario waits to be asked.' : `${others} scenarios wait to be asked.`);
  if (running > 0) parts.push(running === 1 ? 'One is running now.' : `${running} are running now.`);
  if (broken > 0) parts.push(broken === 1 ? 'One cannot work as it is written.' : `${broken} cannot work as they are written.`);
  return parts.join(' ');
}
