/** How the server does: the wire and the requests. Every figure is the server's own; null is unknown. */
import { request } from '../../lib/api';
import { number } from '../../lib/format';
import type { Time } from '../../lib/wire';

export type Resources = {
  uptime_seconds: number; memory_bytes: number | null; memory_limit_bytes: number | null; cpu_seconds: number | null; processors: number | null;
  load_1m: number | null; threads: number | null; open_files: number | null; database_bytes: number; disk_free_bytes: number | null; disk_size_bytes: number | null;
};
export type Pace = { count: number; mean_ms: number | null; p50_ms: number | null; p95_ms: number | null; p99_ms: number | null };
export type NamedPace = { name: string; pace: Pace };
export type Performance = {
  since: Time | null; requests: Pace; routes: { method: string; route: string; errors: number; pace: Pace }[];
  database: NamedPace[]; conversation: NamedPace[]; discovery: NamedPace[]; devices: NamedPace[];
};
export type Capacity = {
  days: number; from: string | null; disk_free_bytes: number | null; disk_size_bytes: number | null; days_to_full: number | null;
  figures: { name: string; unit: string; now: number | null; per_month: number | null; trend: string; days: number; needs_days: number | null }[];
  indicators: { name: string; state: string; message: string; share: number | null; limit: number; action: string | null }[];
};
export type Features = {
  features: { name: string; description: string; on: boolean }[];
  maintenance: { since: Time; until: Time; reason: string } | null;
};

export const server = {
  resources: (signal?: AbortSignal) => request<Resources>('/api/resources', { signal }),
  performance: (signal?: AbortSignal) => request<Performance>('/api/performance', { signal }),
  capacity: (signal?: AbortSignal) => request<Capacity>('/api/capacity', { signal }),
  features: (signal?: AbortSignal) => request<Features>('/api/features', { signal }),
  backUp: () => request<unknown>('/api/backups', { method: 'POST' }),
  switch: (name: string, on: boolean) => request<Features>(`/api/features/${encodeURIComponent(name)}`, { method: 'PUT', body: { on } }),
  maintain: (minutes: number, reason: string) => request<Features>('/api/maintenance', { method: 'PUT', body: { minutes, reason } }),
  endMaintenance: () => request<Features>('/api/maintenance', { method: 'DELETE' }),
};

/** `1.4 GB`, `312 kB`; what is not known is said to be unknown. */
export function bytes(value: number | null): string {
  if (value === null) return 'unknown';
  for (const [unit, size] of [['TB', 1e12], ['GB', 1e9], ['MB', 1e6], ['kB', 1e3]] as const) {
    if (value >= size) return `${number(value / size, value >= size * 100 ? 0 : 1)} ${unit}`;
  }
  return `${number(value, 0)} B`;
}

export function ms(value: number | null): string {
  if (value === null) return '–';
  return value >= 1000 ? `${number(value / 1000, 1)} s` : `${number(value, value < 10 ? 1 : 0)} ms`;
}

/** `3 d 4 h`, `12 min`. */
export function span(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return `${minutes} min`;
}

export function inUnit(value: number | null, unit: string): string {
  if (value === null) return 'unknown';
  return unit === 'bytes' ? bytes(value) : `${number(value, 1)} ${unit}`;
}
