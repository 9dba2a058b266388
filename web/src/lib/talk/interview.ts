/** What the page shows of a walk through the house. Pure. */
import type { Interview } from './wire';

const PHASES: [Interview['phase'], string][] = [
  ['name', 'Name'], ['place', 'Place'], ['rooms', 'Rooms'], ['doorways', 'Doorways'], ['things', 'Things'], ['connect', 'Connect'], ['review', 'Anything else'],
];

export type Phase = { name: string; here: boolean; done: boolean };

export function phases(now: Interview['phase']): Phase[] {
  const at = now === 'done' ? PHASES.length : PHASES.findIndex(([phase]) => phase === now);
  return PHASES.map(([, name], i) => ({ name, here: i === at, done: i < at }));
}

/** Several names as one says them: `Hall, Kitchen and Garden`. */
export function joined(names: string[]): string {
  const last = names.at(-1) ?? '';
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last}` : last;
}
