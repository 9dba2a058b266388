/** Security events in plain words. */
import type { SecurityEvent } from '../../lib/access';

const SAYS: Record<string, (who: string) => string> = {
  signed_in: (who) => `${who} signed in`,
  sign_in_failed: (who) => `Somebody tried to sign in as ${who}`,
  locked_out: (who) => `Too many tries as ${who}: the next has to wait`,
  signed_out: (who) => `${who} signed out`,
  session_revoked: (who) => `A session of ${who} was ended`,
  refresh_reused: (who) => `A stolen token of ${who} was used: its session has ended`,
  denied: (who) => `${who} asked for what they may not`,
  rate_limited: (who) => `${who} asked too often`,
  password_changed: (who) => `${who} changed a password`,
  second_factor_changed: (who) => `${who} changed a second factor`,
  owner_made: (who) => `${who} became the owner`,
  account_made: (who) => `${who} made an account`,
  account_changed: (who) => `${who} changed an account`,
  account_removed: (who) => `${who} removed an account`,
  token_made: (who) => `${who} made a token`,
  token_revoked: (who) => `${who} revoked a token`,
  program_registered: () => 'A program registered itself, to ask for access',
  access_granted: (who) => `${who} gave a program access`,
  access_ended: (who) => `The access of a program of ${who} ended`,
  code_reused: (who) => `A stolen code of ${who} was used: what came of it has ended`,
  unlocked: (who) => `${who} unlocked`,
  disarmed: (who) => `${who} disarmed`,
  swept: (who) => `${who} looked for ways in`,
  unusual_requests: (who) => `${who} was refused again and again`,
  device_new: () => 'A device is new',
  device_gone: () => 'A device was removed',
  device_lost: () => 'A device vanished',
  setting_changed: (who) => `${who} changed a setting`,
  backup_asked: (who) => `${who} had a backup taken`,
  vault_changed: (who) => `${who} changed a credential`,
  safety_changed: (who) => `${who} changed what must never happen`,
};

/** What happened; a kind that we do not know yet is named as it is. */
export function says(event: SecurityEvent): string {
  const who = event.who ?? 'somebody';
  const words = SAYS[event.kind]?.(who) ?? `${event.kind.replace(/_/g, ' ')}: ${who}`;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Why, and from where. */
export function details(event: SecurityEvent): string {
  // An id of a session tells people nothing.
  const detail = /^session [0-9a-f-]{36}$/.test(event.detail) ? '' : event.detail;
  const from = event.address === 'local' ? 'on the machine itself' : event.address && `from ${event.address}`;
  return [detail, from].filter(Boolean).join(', ');
}

export const SEVERITIES: Record<string, string> = { info: 'For the record', warning: 'Warning', critical: 'Critical' };
