/** Times, ages and values in words. Pure: the clock and the time zone are given. */
import type { Property, Reported, Value, Who } from './wire';
import { booleanWords, humanize } from './words';

const LOCALE = 'en-GB';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(zone: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${name}`;
  let format = formats.get(key);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: zone });
    } catch {
      // A zone this browser does not know: its own clock is better than no page.
      format = new Intl.DateTimeFormat(LOCALE, options);
    }
    formats.set(key, format);
  }
  return format;
}

/** `9:41` */
export function clock(at: number, zone: string): string {
  return dateFormat(zone, 'clock', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at).replace(/^0(\d)/, '$1');
}

/** `9:41:07` */
export function clockExact(at: number, zone: string): string {
  return dateFormat(zone, 'exact', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
    .format(at)
    .replace(/^0(\d)/, '$1');
}

/** `Monday 23 November` */
export function day(at: number, zone: string): string {
  return dateFormat(zone, 'day', { weekday: 'long', day: 'numeric', month: 'long' }).format(at).replace(',', '');
}

function sameDay(a: number, b: number, zone: string): boolean {
  const format = dateFormat(zone, 'date', { year: 'numeric', month: '2-digit', day: '2-digit' });
  return format.format(a) === format.format(b);
}

/** `9:41` today, `Sunday 9:41` within a week, `3 November` before; for sentences after "since". */
export function moment(at: number, now: number, zone: string): string {
  if (sameDay(at, now, zone)) return clock(at, zone);
  if (now - at < 6 * DAY && at < now) {
    return `${dateFormat(zone, 'weekday', { weekday: 'long' }).format(at)} ${clock(at, zone)}`;
  }
  return dateFormat(zone, 'short', { day: 'numeric', month: 'long' }).format(at);
}

/** The heading of a day in a list: `Today`, `Yesterday`, or the date. */
export function dayName(at: number, now: number, zone: string): string {
  if (sameDay(at, now, zone)) return 'Today';
  if (sameDay(at, now - DAY, zone)) return 'Yesterday';
  return day(at, zone);
}

/** `just now`, `4 min ago`, `2 h ago`, `3 days ago`. */
export function age(at: number, now: number): string {
  const past = Math.max(0, now - at);
  if (past < MINUTE) return 'just now';
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`;
  const days = Math.floor(past / DAY);
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

/** Milliseconds of a wire time; NaN never leaves this file. */
export function millis(time: string | null | undefined): number | null {
  if (!time) return null;
  const at = Date.parse(time);
  return Number.isFinite(at) ? at : null;
}

const numbers = new Map<number, Intl.NumberFormat>();

/** A number with at most `digits` decimals, and always as many when `fixed`. */
export function number(value: number, digits: number, fixed = false): string {
  const key = fixed ? digits + 100 : digits;
  let format = numbers.get(key);
  if (!format) {
    format = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: fixed ? digits : 0, maximumFractionDigits: digits });
    numbers.set(key, format);
  }
  return format.format(value).replace('-', '−');
}

const DIGITS: Record<string, number> = {
  '%': 0, '°': 0, '°F': 0, mV: 0, ppb: 0, s: 0, min: 0, K: 0, lx: 0, ppm: 0, V: 0, Pa: 0, W: 0, '°C': 1, A: 1, kWh: 2, 'µg/m³': 0,
};

/** A measured number with its unit as people write it: `21.4°`, `44 %`, `1.65 kW`, `1013 hPa`. */
export function quantity(value: number, unit: string | null): string {
  if (unit === '°C') return `${number(value, 1, true)}°`;
  if (unit === '°') return `${number(value, 0)}°`;
  if (unit === 'Pa' && Math.abs(value) >= 10_000) return `${number(value / 100, 0)} hPa`;
  if (unit === 'W' && Math.abs(value) >= 1000) return `${number(value / 1000, 2)} kW`;
  if (unit === 'W' && Math.abs(value) < 10 && value !== 0) return `${number(value, 1)} W`;
  const digits = unit === null ? 2 : (DIGITS[unit] ?? 1);
  return unit ? `${number(value, digits)} ${unit}` : number(value, digits);
}

/** Any value of a property in words; the property says what its truths and figures mean. */
export function value(property: Pick<Property, 'name' | 'type' | 'unit' | 'path'>, it: Value): string {
  if (typeof it === 'boolean') {
    const [yes, no] = booleanWords(property.path);
    return it ? yes : no;
  }
  if (typeof it === 'number') return quantity(it, property.unit);
  return property.type === 'text' ? it : humanize(it);
}

export function reported(property: Property, it: Reported | null = property.reported): string {
  return it ? value(property, it.value) : 'Unknown';
}

/** Who it was, for "by …". */
export function who(it: Who | null | undefined): string {
  if (!it) return 'nobody known';
  switch (it.kind) {
    case 'operator':
      return it.name ?? 'the operator';
    case 'house':
      return 'the house itself';
    case 'device':
      return it.name ? `${it.name} itself` : 'the device itself';
    case 'rule':
      return `the rule “${it.name ?? '?'}”`;
    case 'scenario':
      return `the scenario “${it.name ?? '?'}”`;
    case 'service':
      return `the service “${it.name ?? '?'}”`;
    default:
      return it.name ?? it.kind;
  }
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n, 0)} ${n === 1 ? one : many}`;
}
