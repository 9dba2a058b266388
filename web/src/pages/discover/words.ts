/** What was found and how searches went, in words. Pure: the clock is given. */
import { count, number } from '../../lib/format';
import type { Discovery, Opinion, Scan, ScanPart } from '../../lib/wire';
import { humanize, kindName } from '../../lib/words';

const PROTOCOLS: Record<string, string> = {
  mdns: 'mDNS (Bonjour)', ssdp: 'UPnP', upnp: 'UPnP', dhcp: 'DHCP', arp: 'Neighbours', bluetooth: 'Bluetooth', mqtt: 'MQTT', network: 'Network',
};

export function protocolName(protocol: string): string {
  return PROTOCOLS[protocol] ?? humanize(protocol);
}

/** How sure, in a word; the figure always stands beside it. */
export function sureness(confidence: number): string {
  if (confidence >= 0.9) return 'almost certainly';
  if (confidence >= 0.7) return 'probably';
  if (confidence >= 0.4) return 'perhaps';
  return 'just a guess';
}

/** Never nothing and never certain: a guess stays a guess. */
export function percent(confidence: number): string {
  return `${Math.min(99, Math.max(1, Math.round(confidence * 100)))} %`;
}

/** What it is taken for: what the network suggests, or else what it says itself, or null. */
export function taken(found: Discovery): { what: string | null; opinion: Opinion | null } {
  const { what, kind } = found.guess;
  if (what) return { what: humanize(what.value), opinion: what };
  if (kind) return { what: kindName(kind.value), opinion: kind };
  const said = found.kind && found.kind !== 'other' ? kindName(found.kind) : null;
  return { what: said, opinion: null };
}

/** What is there first, then what is new first; what is gone comes last. */
export function inOrder(things: Discovery[]): Discovery[] {
  const gone = (it: Discovery) => (it.presence === 'offline' ? 1 : 0);
  return [...things].sort(
    (a, b) => gone(a) - gone(b) || b.first_seen.localeCompare(a.first_seen) || a.id.localeCompare(b.id),
  );
}

/** `4.2 s`, `310 ms` */
export function took(ms: number): string {
  return ms < 1000 ? `${number(ms, 0)} ms` : `${number(ms / 1000, 1)} s`;
}

const LONGEST = 120;

/** How long a search runs already, on the machine's clock: house time may run faster. */
export function elapsed(scan: Scan, now: number, pace: number): number | null {
  const started = Date.parse(scan.started_at);
  if (!Number.isFinite(started) || pace <= 0) return null;
  const seconds = Math.floor((now - started) / pace / 1000);
  // None takes so long: the house's clock was moved meanwhile, and nobody knows.
  return seconds >= 0 && seconds <= LONGEST ? seconds : null;
}

/** How one protocol's part of a search stands. */
export function partWords(part: ScanPart, seenNow: number): string {
  switch (part.status) {
    case 'running':
      return seenNow > 0 ? `searching, sees ${number(seenNow, 0)}` : 'searching';
    case 'completed':
      return `sees ${part.found > 0 ? number(part.found, 0) : 'nothing'}, ${took(part.duration_ms)}`;
    case 'failed':
      return 'failed';
    case 'timed_out':
      return 'gave no answer in time';
    case 'unavailable':
      return 'not possible here';
    case 'disabled':
      return 'switched off';
    default:
      return humanize(part.status);
  }
}

export function isTrouble(part: ScanPart): boolean {
  return part.status === 'failed' || part.status === 'timed_out';
}

/** How a search ended, in one sentence. */
export function ending(scan: Scan): string {
  if (scan.protocols.every((part) => part.status === 'disabled')) return 'Nothing here can search at the moment.';
  const found = scan.new_count === 0 ? 'nothing new' : count(scan.new_count, 'new thing');
  const failed = scan.protocols.filter(isTrouble).map((part) => protocolName(part.protocol));
  return failed.length === 0 ? `I found ${found}.` : `I found ${found}. ${failed.join(', ')} did not work.`;
}

/** How many things a protocol sees at this moment. */
export function seenBy(protocol: string, things: Iterable<Discovery>): number {
  let seen = 0;
  for (const it of things) if (it.sightings.some((one) => one.present && one.protocol === protocol)) seen++;
  return seen;
}
