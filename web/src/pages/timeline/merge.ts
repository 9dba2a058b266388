/** Live and fetched things of the timeline as one list: newest first, each once. Pure. */
import type { HouseEvent } from '../../lib/wire';

/** One event's identity: one step of the house may bring several. */
export function eventKey(event: HouseEvent): string {
  return [event.epoch, event.seq, event.kind, event.device?.id, event.property, event.text].join(' ');
}

export function merged(...lists: HouseEvent[][]): HouseEvent[] {
  const each = new Map<string, HouseEvent>();
  for (const event of lists.flat()) each.set(eventKey(event), event);
  return [...each.values()].sort((a, b) => b.epoch - a.epoch || b.seq - a.seq);
}
