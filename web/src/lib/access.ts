/** Accounts, sessions, tokens and security events: the wire, the requests, and words for them. */
import { query, request } from './api';
import type { Id, Time } from './wire';

export type Role = 'owner' | 'member' | 'child' | 'guest' | 'panel' | 'operator';

export type User = {
  id: Id; name: string; role: Role; person: string | null; until: Time | null;
  /** Slugs of the only rooms; null: the whole house. */
  areas: string[] | null;
  second_factor: boolean; made_at: Time; password_at: Time; sessions: number; last_seen_at: Time | null;
};
export type LoginSession = {
  id: Id; kind: 'browser' | 'program'; address: string; agent: string; began_at: Time; last_at: Time; until: Time; is_this: boolean;
  /** The program that holds it, where it was given access. */
  program: HeldBy | null;
};
export type HeldBy = { id: Id; name: string; scopes: string[]; resource: string | null };
/** What a program asks for, as it sent one here. */
export type AuthorizationRequest = Record<string, string>;
export type Authorization = {
  program: string; is_known: boolean; back: 'here' | 'site' | 'app'; back_to: string | null; redirect_uri: string;
  scopes: { scope: string; is_yours: boolean; is_grave: boolean }[];
  resource: string | null; fault: { error: string; message: string } | null;
};
export type Token = { id: Id; name: string; account: string | null; scopes: string[]; made_at: Time; until: Time | null; last_used_at: Time | null };
export type SecondFactor = { secret: string; otpauth: string; recovery_codes: string[]; ticket: string };
export type SecurityEvent = {
  number: number; at: Time; kind: string; severity: string; who: string | null; address: string | null; detail: string; cause: Id | null;
};
export type SecurityStatus = {
  production: boolean; has_owner: boolean; accounts: number; with_second_factor: number; sessions: number; tokens: number;
  findings: { code: string; severity: string; message: string; action: string }[];
  warnings_today: number; last_warning: SecurityEvent | null;
};
export type NewUser = { name: string; password: string; role: Role; until?: Time; areas?: string[] };
export type UserEdit = { role?: Role; until?: Time | null; areas?: string[] | null };

const at = encodeURIComponent;
const remove = (path: string) => request<null>(path, { method: 'DELETE' });

export const access = {
  users: (signal?: AbortSignal) => request<{ users: User[] }>('/api/users', { signal }),
  add: (body: NewUser) => request<User>('/api/users', { method: 'POST', body }),
  edit: (id: Id, body: UserEdit) => request<User>(`/api/users/${at(id)}`, { method: 'PATCH', body }),
  setPassword: (id: Id, password: string) => request<null>(`/api/users/${at(id)}/password`, { method: 'PUT', body: { password } }),
  remove: (id: Id, household: boolean) => remove(`/api/users/${at(id)}${query({ household: household ? 'true' : null })}`),
  sessionsOf: (id: Id, signal?: AbortSignal) => request<{ sessions: LoginSession[] }>(`/api/users/${at(id)}/sessions`, { signal }),
  endOf: (id: Id, session: Id) => remove(`/api/users/${at(id)}/sessions/${at(session)}`),

  sessions: (signal?: AbortSignal) => request<{ sessions: LoginSession[] }>('/api/auth/sessions', { signal }),
  end: (session: Id) => remove(`/api/auth/sessions/${at(session)}`),
  endOthers: () => request<{ ended: number }>('/api/auth/sessions', { method: 'DELETE' }),
  password: (old: string, fresh: string) => request<null>('/api/auth/password', { method: 'POST', body: { old, new: fresh } }),
  beginSecond: (password: string) => request<SecondFactor>('/api/auth/totp', { method: 'POST', body: { password } }),
  confirmSecond: (ticket: string, code: string) => request<null>('/api/auth/totp', { method: 'PUT', body: { ticket, code } }),
  dropSecond: (password: string) => request<null>('/api/auth/totp', { method: 'DELETE', body: { password } }),

  tokens: (signal?: AbortSignal) => request<{ tokens: Token[] }>('/api/tokens', { signal }),
  makeToken: (body: { name: string; scopes: string[]; until?: Time }) => request<{ made: Token; token: string }>('/api/tokens', { method: 'POST', body }),
  revoke: (id: Id) => remove(`/api/tokens/${at(id)}`),

  authorization: (asked: AuthorizationRequest, signal?: AbortSignal) => request<Authorization>(`/api/oauth/authorization${query(asked)}`, { signal }),
  /** No scope at all is a no. */
  answer: (asked: AuthorizationRequest, scopes: string[]) =>
    request<{ redirect_to: string }>('/api/oauth/authorization', { method: 'POST', body: { request: asked, scopes } }),

  securityEvents: (before: number | null, severity: string, signal?: AbortSignal) =>
    request<{ events: SecurityEvent[]; next: number | null }>(`/api/security/events${query({ limit: 50, before, severity })}`, { signal }),
  securityStatus: (signal?: AbortSignal) => request<SecurityStatus>('/api/security/status', { signal }),
};

export const ROLES: { role: Role; name: string; may: string }[] = [
  { role: 'owner', name: 'Owner', may: 'Everything, and says who else may what.' },
  { role: 'member', name: 'Member', may: 'Sees, controls and edits the house, unlocks, talks with it and reads what it remembers.' },
  { role: 'child', name: 'Child', may: 'Sees the house, controls what is harmless, and talks with it.' },
  { role: 'guest', name: 'Guest', may: 'Sees and controls what is harmless, until an end and in some rooms if you like.' },
  { role: 'panel', name: 'Wall panel', may: 'As a guest; what is touched there was touched by nobody in particular.' },
  { role: 'operator', name: 'Operator', may: 'Looks after the server and how the house is built. Controls nothing, reads nothing private.' },
];
export const roleName = (role: string | null): string => ROLES.find((it) => it.role === role)?.name ?? role ?? '';

export const SCOPES: Record<string, string> = {
  read_house: 'See devices, rooms and what happened',
  read_health: 'See health, metrics and the API’s description',
  control: 'Control what is harmless',
  control_critical: 'Unlock and disarm (still asks a person)',
  manage_house: 'Edit devices, rooms, people and rules',
  operate: 'Change how the server works',
  private: 'Read and correct what is remembered',
  converse: 'Talk with the house',
  manage_users: 'Make and change accounts and tokens',
  backup: 'Make and restore backups',
};

/** Where a program may what it may. */
export const within = (resource: string | null): string =>
  resource === null ? '' : resource === '/mcp/configuration' ? 'how the house is built, over MCP alone' : 'over MCP alone';

/** What a browser calls itself, in two words; all of it where that says nothing to us. */
export function agentName(agent: string): string {
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']]
    .find(([mark]) => agent.includes(mark!))?.[1];
  const system = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS', 'Mac'], ['Linux', 'Linux']]
    .find(([mark]) => agent.includes(mark!))?.[1];
  if (!browser) return agent || 'Something without a name';
  return system ? `${browser} on ${system}` : browser;
}

/** `2027-01-31T18:00` of a form, as the wire has it; null where nothing is given. */
export function toTime(local: string): Time | null {
  const time = local ? Date.parse(local) : NaN;
  return Number.isFinite(time) ? new Date(time).toISOString() : null;
}

/** The same the other way, in this browser's own time. */
export function toLocal(time: Time | null): string {
  const at = time ? Date.parse(time) : NaN;
  if (!Number.isFinite(at)) return '';
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
