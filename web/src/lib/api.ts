/** Requests to the server, with errors as the server words them. */
import type {
  CommandRequest, Device, Discovery, DiscoveryStatus, HealthReport, History, HouseEvent, Scan, Vault, VaultEntry, Why, Wish, WireError,
} from './wire';

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly expected: string | null;
  readonly action: string | null;
  readonly reference: string | null;

  constructor(status: number, error: WireError) {
    super(error.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = error.code;
    this.expected = error.expected ?? null;
    this.action = error.action ?? null;
    this.reference = error.reference ?? null;
  }
}

function wireError(status: number, body: unknown): WireError {
  const error = (body as { error?: Partial<WireError> } | null)?.error;
  if (error && typeof error.message === 'string') return { code: 'unknown', ...error, message: error.message };
  return { code: 'unknown', message: `The server answered with ${status} and gave no reason.` };
}

/** What must be sent along with what changes something: it shows that this page asks, and no other. */
export const word: { csrf: string | null } = { csrf: null };

export function headers(method: string, hasBody: boolean): Record<string, string> {
  return {
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(word.csrf && method !== 'GET' ? { 'x-csrf-token': word.csrf } : {}),
  };
}

type Options = { method?: string; body?: unknown; signal?: AbortSignal; accept?: number[] };

export async function request<T>(path: string, { method = 'GET', body, signal, accept = [] }: Options = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: headers(method, body !== undefined),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, {
      code: 'unreachable',
      message: 'The server could not be reached.',
      action: 'Check that it is running and that this device is on the same network.',
    });
  }
  const text = await response.text();
  let json: unknown = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    // Something between us and the server answered in its own words.
  }
  if (!response.ok && !accept.includes(response.status)) throw new ApiError(response.status, wireError(response.status, json));
  return json as T;
}

export function query(parameters: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

const at = encodeURIComponent;

export type EventFilter = { device?: string; area?: string; kind?: string; cause?: string; limit?: number; cursor?: string | null };

export const api = {
  command: (device: string, command: CommandRequest) =>
    request<{ wish: Wish }>(`/api/devices/${at(device)}/commands?wait=accepted`, { method: 'POST', body: command }),
  events: (filter: EventFilter, signal?: AbortSignal) =>
    request<{ events: HouseEvent[]; next?: string | null }>(`/api/events${query(filter)}`, { signal }),
  why: (device: string, property: string, signal?: AbortSignal) =>
    request<Why>(`/api/why${query({ device, property })}`, { signal }),
  history: (device: string, property: string, from: string, to: string, resolution: 'auto' | 'raw', signal?: AbortSignal) =>
    request<History>(`/api/devices/${at(device)}/history${query({ property, from, to, resolution })}`, { signal }),
  discovered: (signal?: AbortSignal) => request<Discovery[]>('/api/devices/discovered', { signal }),
  adopt: (id: string, body: { name?: string; area?: string }) =>
    request<Device>(`/api/devices/discovered/${at(id)}/adopt`, { method: 'POST', body }),
  ignore: (id: string) => request<Discovery>(`/api/devices/discovered/${at(id)}/ignore`, { method: 'POST', body: {} }),
  reconsider: (id: string) => request<Discovery>(`/api/devices/discovered/${at(id)}/reconsider`, { method: 'POST', body: {} }),
  /** Answers when the search has ended, or after half a minute. */
  scan: () => request<Scan>('/api/discovery/scan', { method: 'POST', body: {} }),
  scans: (cursor: string | null, limit: number, signal?: AbortSignal) =>
    request<{ scans: Scan[]; next?: string | null }>(`/api/discovery/scans${query({ limit, cursor })}`, { signal }),
  discovery: (signal?: AbortSignal) => request<DiscoveryStatus>('/api/discovery/status', { signal }),
  vault: (signal?: AbortSignal) => request<Vault>('/api/vault', { signal }),
  putSecret: (name: string, secret: string) => request<VaultEntry>(`/api/vault/${at(name)}`, { method: 'PUT', body: { secret } }),
  removeSecret: (name: string) => request<{ name: string; message: string }>(`/api/vault/${at(name)}`, { method: 'DELETE' }),
  // A failed house answers 503, with the same report in the body.
  health: (signal?: AbortSignal) => request<HealthReport>('/health/detailed', { signal, accept: [503] }),
};

