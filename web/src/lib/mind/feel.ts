/** Feelings as words, colours and ticks. Pure. */
import { millis } from '../format';
import type { Consciousness, Emotion, Felt, Feeling, Reason } from './wire';

/** The hue of each feeling. Never the only sign: the word stands beside it. */
export const HUES: Record<Feeling, number> = { content: 150, happy: 85, excited: 45, worried: 265, stressed: 20, pain: 8, bored: 230, unsure: 75 };

/** How much colour: what is not known has little. */
export const chroma = (feeling: Feeling): number => (feeling === 'unsure' ? 0.25 : 1);

export const WORDS: Record<Feeling, string> = {
  content: 'Content', happy: 'Happy', excited: 'Excited', worried: 'Worried', stressed: 'Stressed', pain: 'In pain', bored: 'Bored', unsure: 'Unsure',
};

export const word = (feeling: string): string => WORDS[feeling as Feeling] ?? feeling;

const FACTORS: Record<string, string> = {
  comfort: 'Comfort', air: 'Air', devices: 'Devices', faults: 'What is broken', safety: 'Safety', anomalies: 'What is unusual', server: 'My own machine',
  energy: 'Energy', tasks: 'What was asked of me', feedback: 'What you told me', company: 'Company', weather: 'Weather',
};

export function factorName(factor: string): string {
  return FACTORS[factor] ?? factor.charAt(0).toUpperCase() + factor.slice(1).replace(/_/g, ' ');
}

/** `+0.12`, `−0.30`, `0.00`: what something adds, always with its sign. */
export function signed(it: number): string {
  const text = Math.abs(it).toFixed(2);
  if (text === '0.00') return text;
  return `${it < 0 ? '−' : '+'}${text}`;
}

export const HALF_HOUR = 30 * 60_000;
export const TICKS = 48;

/** What was felt longest in a half hour, and how well on the mean; none where nothing was felt. */
export type Tick = { from: number; feeling: Feeling; valence: number } | { from: number; feeling: null; valence: null };

/** Half hours until now, the oldest first; each emotion holds until the next one, for two hours at most. */
export function ticks(emotions: Emotion[], now: number, amount = TICKS, each = HALF_HOUR): Tick[] {
  const start = now - amount * each;
  const spans = emotions.flatMap((it, i) => {
    const at = millis(it.at);
    if (at === null) return [];
    const next = i + 1 < emotions.length ? (millis(emotions[i + 1]!.at) ?? now) : now;
    return [{ at, until: Math.min(next, at + 4 * HALF_HOUR), feeling: it.feeling, valence: it.valence }];
  });
  return Array.from({ length: amount }, (_, i): Tick => {
    const from = start + i * each;
    const times = new Map<Feeling, number>();
    let weighed = 0;
    let all = 0;
    for (const it of spans) {
      const time = Math.min(it.until, from + each) - Math.max(it.at, from);
      if (time <= 0) continue;
      times.set(it.feeling, (times.get(it.feeling) ?? 0) + time);
      weighed += it.valence * time;
      all += time;
    }
    const [longest] = [...times].sort((a, b) => b[1] - a[1]);
    return longest ? { from, feeling: longest[0], valence: weighed / all } : { from, feeling: null, valence: null };
  });
}

/** What was kept, and what is felt now: the word holds since it is said to, before the next of it is kept. */
export function untilNow(kept: Emotion[], now: Consciousness | null): Emotion[] {
  const since = millis(now?.since);
  if (!now || since === null) return kept;
  const last = millis(kept.at(-1)?.at) ?? -Infinity;
  const at = since > last ? now.since! : now.at;
  if ((millis(at) ?? 0) <= last) return kept;
  const { feeling, valence, arousal, confidence } = now;
  const reasons = now.reasons.map(({ factor, contribution, text }) => ({ factor, contribution, text }));
  return [...kept, { at, feeling, valence, arousal, confidence, awareness: now.awareness.share, mood_valence: now.mood.valence, mood_arousal: now.mood.arousal, reasons }];
}

/** The ring in words: how long each was felt. */
export function ringSummary(all: Tick[]): string {
  const hours = new Map<Feeling, number>();
  for (const it of all) if (it.feeling) hours.set(it.feeling, (hours.get(it.feeling) ?? 0) + 0.5);
  if (hours.size === 0) return 'Nothing was felt in the last 24 hours yet.';
  const parts = [...hours].sort((a, b) => b[1] - a[1]).map(([feeling, time]) => `${word(feeling).toLowerCase()} for ${time} h`);
  return `In the last 24 hours: ${parts.join(', ')}.`;
}

export type Step = { reason: Reason | Felt; from: number; to: number };

/** The reasons laid end to end from the baseline on; the last one ends where the valence is. */
export function sum(baseline: number, reasons: (Reason | Felt)[]): { steps: Step[]; total: number } {
  let at = baseline;
  const steps = reasons.map((reason) => {
    const from = at;
    at += reason.contribution;
    return { reason, from, to: at };
  });
  return { steps, total: at };
}

/** How much one factor added over time, for a small line; half hours without it count as nothing added. */
export function course(emotions: Emotion[], factor: string, now: number): { at: number; value: number }[] {
  return emotions.flatMap((it) => {
    const at = millis(it.at);
    if (at === null || at < now - TICKS * HALF_HOUR) return [];
    return [{ at, value: it.reasons.find((one) => one.factor === factor)?.contribution ?? 0 }];
  });
}

/** How sure it is, in words. */
export function sureness(confidence: number): string {
  if (confidence >= 0.8) return 'quite sure';
  if (confidence >= 0.5) return 'fairly sure';
  return confidence >= 0.25 ? 'not very sure' : 'hardly sure';
}

const BAD: Feeling[] = ['pain', 'stressed', 'worried'];

/** A phrase as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?]$/.test(trimmed) ? '' : '.'}`;
}

/**
 * Why it does not feel well, in one sentence, unless what is said besides names the same thing.
 * Of a good feeling the figures below say enough.
 */
export function because(it: Consciousness, besides: string): string {
  if (!BAD.includes(it.feeling)) return '';
  const worst = [...it.reasons].sort((a, b) => a.contribution - b.contribution)[0];
  if (!worst || worst.contribution >= 0) return '';
  return worst.evidence.some((row) => row.name !== null && besides.includes(row.name)) ? '' : sentence(worst.text);
}

export function known(it: Consciousness | null): it is Consciousness {
  return it !== null && it.since !== null;
}
