/**
 * The sentence at the top of Home: computed from facts, never invented.
 *
 * What is dangerous comes first, then how many devices answer, then who is silent and since when.
 */
import { boolean, properties } from './device';
import { count, millis, moment } from './format';
import type { Device } from './wire';
import { plainPath } from './words';

export type Facts = { devices: Device[]; now: number; zone: string; connected: boolean };

const DANGERS: Record<string, (name: string) => string> = {
  'WaterLeak.leak': (name) => `${name} reports water.`,
  'SmokeCoAlarm.smoke': (name) => `${name} reports smoke.`,
  'SmokeCoAlarm.gas': (name) => `${name} reports gas.`,
  'SmokeCoAlarm.heat': (name) => `${name} reports dangerous heat.`,
  'SmokeCoAlarm.carbon_monoxide': (name) => `${name} reports carbon monoxide.`,
};

function dangers(devices: Device[]): string[] {
  const found: string[] = [];
  for (const device of devices) {
    for (const it of properties(device)) {
      const words = DANGERS[plainPath(it.path)];
      if (words && boolean(it) === true && !it.reported?.stale) found.push(words(device.name));
    }
  }
  return found;
}

function answering(all: number, online: number): string {
  if (all === 1) return online === 1 ? 'The one device is answering.' : 'The one device is not answering.';
  if (online === all) return `All ${all} devices are answering.`;
  if (online === 0) return `None of the ${all} devices is answering.`;
  return `${online} of ${all} devices ${online === 1 ? 'is' : 'are'} answering.`;
}

function silent(offline: Device[], now: number, zone: string): string | null {
  const [first, second] = [...offline].sort(
    (a, b) => (millis(b.connectivity_since) ?? 0) - (millis(a.connectivity_since) ?? 0),
  );
  if (!first) return null;
  // Heard last, not noticed last: the silence began with the last word.
  const since = (device: Device) => {
    const at = millis(device.last_seen) ?? millis(device.connectivity_since);
    return at === null ? '' : ` since ${moment(at, now, zone)}`;
  };
  if (!second) return `${first.name} has been silent${since(first)}.`;
  if (offline.length === 2) return `${first.name} has been silent${since(first)}, ${second.name}${since(second)}.`;
  return `${first.name}, ${second.name} and ${offline.length - 2} more are silent.`;
}

export function sentence({ devices, now, zone, connected }: Facts): string {
  if (devices.length === 0) return connected ? 'I have no devices yet.' : 'When I last heard, there were no devices.';
  const offline = devices.filter((it) => it.connectivity === 'offline');
  const waiting = devices.filter((it) => it.connectivity === 'unknown').length;
  const online = devices.length - offline.length - waiting;
  const parts = [...dangers(devices).slice(0, 2), answering(devices.length, online)];
  const quiet = silent(offline, now, zone);
  if (quiet) parts.push(quiet);
  if (waiting > 0 && waiting < devices.length) parts.push(`${count(waiting, 'has', 'have')} not been heard from yet.`);
  const text = parts.join(' ');
  return connected ? text : `When I last heard: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
