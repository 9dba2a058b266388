/** Which questions of runs still wait for an answer. Pure. */
import { millis } from '../format';
import type { HouseEvent, Id } from '../wire';
import type { Run } from './wire';

export type Question = { run: Id; thread: number; scenario: string; name: string; question: string; person: string | null; until: number | null };

/** Those that were asked by a thread that still waits for a person; the newest first. */
export function openQuestions(asked: HouseEvent[], running: Run[]): Question[] {
  const runs = new Map(running.map((it) => [it.id, it]));
  const open = new Map<string, Question>();
  // Newest first: an older question of the same thread was answered, or it could not have asked again.
  for (const event of asked) {
    const data = event.data as { run?: unknown; thread?: unknown; person?: unknown; question?: unknown; until?: unknown } | null;
    if (typeof data?.run !== 'string' || typeof data.thread !== 'number' || typeof data.question !== 'string') continue;
    const run = runs.get(data.run);
    const key = `${data.run} ${data.thread}`;
    if (!run?.asks.includes(data.thread) || open.has(key)) continue;
    open.set(key, {
      run: data.run, thread: data.thread, scenario: run.scenario, name: run.name, question: data.question,
      person: typeof data.person === 'string' ? data.person : null, until: typeof data.until === 'string' ? millis(data.until) : null,
    });
  }
  return [...open.values()];
}
