/** Which devices a filter lets through. Pure. */
import type { Device } from '../../lib/wire';
import { kindName } from '../../lib/words';

export type Filter = { q: string; area: string; kind: string; state: string };

/** The value of the room filter for devices that have none. */
export const NO_ROOM = '-';

export function matches(device: Device, filter: Filter): boolean {
  if (filter.area && (device.area?.slug ?? NO_ROOM) !== filter.area) return false;
  if (filter.kind && device.kind !== filter.kind) return false;
  if (filter.state && device.connectivity !== filter.state) return false;
  const wanted = filter.q.trim().toLowerCase();
  if (!wanted) return true;
  const text = [device.name, device.slug, ...device.aliases, device.area?.name, device.manufacturer, device.model, kindName(device.kind), device.protocol]
    .join(' ')
    .toLowerCase();
  return wanted.split(/\s+/).every((word) => text.includes(word));
}
