/** Which devices a written part means, as the page knows the house. Pure; the server decides. */
import type { Area, Device, Property } from '../wire';
import { plainPath } from '../words';
import { texts } from './cards';
import type { Part } from './wire';

export type Places = { devices: Iterable<Device>; areas: Iterable<Area>; floors: Iterable<{ id: string; slug: string; name: string }> };

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** The device of a slug, alias, id or name. */
export function named(devices: Iterable<Device>, name: string): Device | undefined {
  const all = [...devices];
  return all.find((it) => it.slug === name || it.id === name || it.aliases.includes(name)) ?? all.find((it) => same(it.name, name));
}

/** Every device that a part means; nothing said means all. */
export function meant(part: Part, places: Places): Device[] {
  const all = [...places.devices];
  const names = texts(part, 'device', 'devices');
  const areas = texts(part, 'area', 'areas').map((name) => [...places.areas].find((it) => it.slug === name || it.id === name || same(it.name, name))?.id);
  const except = new Set(texts(part, 'except', 'except').map((name) => named(all, name)?.id));
  const floor = typeof part.floor === 'string' ? [...places.floors].find((it) => it.slug === part.floor || same(it.name, String(part.floor)))?.id : undefined;
  const onFloor = new Set(floor === undefined ? [] : [...places.areas].filter((it) => it.floor === floor).map((it) => it.id));
  const chosen = names.length > 0 ? names.flatMap((name) => named(all, name) ?? []) : all;
  return chosen.filter(
    (it) =>
      !except.has(it.id) &&
      (areas.length === 0 || (it.area !== null && areas.includes(it.area.id))) &&
      (floor === undefined || (it.area !== null && onFloor.has(it.area.id))) &&
      (typeof part.kind !== 'string' || it.kind === part.kind),
  );
}

/** The properties that these devices have, each path once, those of most devices first. */
export function offered(devices: Device[], writable = false): Property[] {
  const found = new Map<string, { property: Property; times: number }>();
  for (const device of devices) {
    for (const property of device.capabilities.flatMap((it) => it.properties)) {
      if (writable && !property.writable) continue;
      const known = found.get(property.path);
      if (known) known.times++;
      else found.set(property.path, { property, times: 1 });
    }
  }
  return [...found.values()].sort((a, b) => b.times - a.times || a.property.title.localeCompare(b.property.title)).map((it) => it.property);
}

/** The property of a written path among these devices: the case and the first endpoint may be left out. */
export function propertyOf(devices: Device[], path: unknown): Property | null {
  if (typeof path !== 'string' || path === '') return null;
  const wanted = path.replace(/^1:/, '').toLowerCase();
  const all = offered(devices);
  return all.find((it) => it.path.toLowerCase() === wanted) ?? all.find((it) => plainPath(it.path).toLowerCase() === plainPath(wanted)) ?? null;
}
