/**
 * A history as something to draw, to read and to hear: lines or steps, a summary, a table.
 *
 * Pure. What was not recorded stays a gap: no line is drawn over it and no time is counted in it.
 */
import { clock, count, millis, number, value as words } from '../format';
import type { History, Property, Value } from '../wire';
import { booleanWords, humanize } from '../words';

export type Series = {
  look: 'line' | 'step';
  /** Seconds, as the chart wants them. */
  xs: number[];
  ys: (number | null)[];
  /** The spread behind a mean, where the points are statistics. */
  low: (number | null)[] | null;
  high: (number | null)[] | null;
  /** What the whole numbers stand for, from 0, when the values are words. */
  levels: string[] | null;
  from: number;
  to: number;
};

type Sample = { at: number; value: Value | null; low: number | null; high: number | null };

function samples(history: History): Sample[] {
  const found: Sample[] = [];
  for (const point of history.points) {
    const at = millis(point.at);
    if (at === null) continue;
    if ('value' in point) found.push({ at, value: point.value, low: null, high: null });
    else found.push({ at, value: point.mean, low: point.min, high: point.max });
  }
  return found.sort((a, b) => a.at - b.at);
}

/** The points with an empty one wherever a gap begins, so that nothing is drawn across. */
function withGaps(history: History): Sample[] {
  const breaks: Sample[] = history.gaps.flatMap((gap) => {
    const at = millis(gap.from);
    return at === null ? [] : [{ at, value: null, low: null, high: null }];
  });
  // At the same instant the last word comes before the silence.
  return [...samples(history), ...breaks].sort((a, b) => a.at - b.at || Number(a.value === null) - Number(b.value === null));
}

function levelsOf(property: Property, found: Sample[]): string[] | null {
  if (property.type === 'boolean') return ['false', 'true'];
  if (property.type === 'number') return null;
  const known = property.values ? [...property.values] : [];
  for (const it of found) if (typeof it.value === 'string' && !known.includes(it.value)) known.push(it.value);
  // Only what occurred: a lock has many states, a day few.
  const occurred = new Set(found.map((it) => it.value));
  return known.filter((it) => occurred.has(it));
}

export function series(history: History, property: Property): Series {
  const found = withGaps(history);
  const from = millis(history.from) ?? 0;
  const to = millis(history.to) ?? from;
  const levels = levelsOf(property, found);
  const raw = history.resolution === 'raw';
  // What is set holds until it is set again; what is measured moves in between.
  const look = levels || (raw && property.writable) ? 'step' : 'line';
  const last = found.at(-1);
  if (look === 'step' && last && last.value !== null && last.at < to) found.push({ ...last, at: to });
  const stats = !raw && !levels;
  return {
    look, from: from / 1000, to: to / 1000,
    xs: found.map((it) => it.at / 1000),
    ys: found.map((it) => {
      if (it.value === null) return null;
      if (typeof it.value === 'number') return it.value;
      const at = levels?.indexOf(String(it.value)) ?? -1;
      return at < 0 ? null : at;
    }),
    low: stats ? found.map((it) => it.low) : null,
    high: stats ? found.map((it) => it.high) : null,
    levels: levels && property.type === 'boolean' ? [...booleanWords(property.path)].reverse() : (levels?.map(humanize) ?? null),
  };
}

/** `3 h 20 min` */
export function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes} min`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

function gapsSaid(history: History): string {
  return history.gaps.length === 0 ? '' : ` ${count(history.gaps.length, 'gap')} where nothing was recorded.`;
}

/** The chart in words, for those who do not see it and for those in a hurry. */
export function summary(history: History, property: Property, zone: string): string {
  const found = withGaps(history);
  const real = found.filter((it) => it.value !== null);
  if (real.length === 0) return `Nothing was recorded in this time.${gapsSaid(history)}`;
  if (property.type === 'number') {
    let low = real[0]!;
    let high = real[0]!;
    const bottom = (it: Sample) => it.low ?? (it.value as number);
    const top = (it: Sample) => it.high ?? (it.value as number);
    for (const it of real) {
      if (bottom(it) < bottom(low)) low = it;
      if (top(it) > top(high)) high = it;
    }
    const last = real.at(-1)!;
    const lastSaid = `last ${words(property, last.value!)} at ${clock(last.at, zone)}.`;
    if (bottom(low) === top(high)) return `Always ${words(property, bottom(low))}; ${lastSaid}${gapsSaid(history)}`;
    return (
      `Between ${words(property, bottom(low))} at ${clock(low.at, zone)} and ${words(property, top(high))} at ` +
      `${clock(high.at, zone)}; ${lastSaid}${gapsSaid(history)}`
    );
  }
  const to = millis(history.to) ?? real.at(-1)!.at;
  const held = new Map<Value, number>();
  let changes = -1;
  let before: Value | null = null;
  found.forEach((it, i) => {
    if (it.value === null) return;
    held.set(it.value, (held.get(it.value) ?? 0) + ((found[i + 1]?.at ?? to) - it.at));
    if (it.value !== before) changes++;
    before = it.value;
  });
  const parts = [...held].sort((a, b) => b[1] - a[1]).map(([it, ms]) => `${words(property, it)} for ${span(ms)}`);
  return `${parts.slice(0, 4).join(', ')}; changed ${changes === 1 ? 'once' : `${number(changes, 0)} times`}.${gapsSaid(history)}`;
}

export type Row = { at: number; said: string };

/** The same as a table, newest first. */
export function rows(history: History, property: Property, limit: number): Row[] {
  return samples(history)
    .reverse()
    .slice(0, limit)
    .map((it) => {
      if (it.value === null) return { at: it.at, said: 'Nothing recorded' };
      const spread = it.low !== null && it.high !== null ? ` (${words(property, it.low)} to ${words(property, it.high)})` : '';
      return { at: it.at, said: words(property, it.value) + spread };
    });
}
