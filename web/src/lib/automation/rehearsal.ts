/** What a rehearsal says would happen. The real house was not touched. */
import { request } from '../api';
import type { Time, Value } from '../wire';
import type { Document, Run } from './wire';

export type Line = { at: Time; text: string };

export type Rehearsal = {
  scenario: string;
  sentence: string;
  from: Time;
  until: Time;
  lines: Line[];
  runs: Run[];
  untold: number;
  cut: boolean;
  refusals: Line[];
  sets_off: string[];
  loops: string[];
  conflicts: string[];
  messages: Line[];
  energy: { kilowatt_hours: number | null; least: number | null; most: number | null; known: { device: string; seconds: number }[]; unknown: string[] } | null;
  replayed: { properties: number; happened: number; not_replayed: string[] } | null;
};

/** `days` replays the last days; without it, it is run now with `parameters`. */
export type Wanted = { days?: number; parameters?: Record<string, Value>; document?: Document };

/** A scenario of the house, or with `slug` null a document that nobody has kept. */
export function rehearse(slug: string | null, wanted: Wanted, signal?: AbortSignal): Promise<Rehearsal> {
  const path = slug === null ? '/api/scenarios/rehearse' : `/api/scenarios/${encodeURIComponent(slug)}/rehearse`;
  return request<Rehearsal>(path, { method: 'POST', body: wanted, signal });
}
