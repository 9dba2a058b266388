import { expect, it } from 'vitest';
import type { SecurityEvent } from '../../lib/access';
import { details, says } from './words';

const event = (more: Partial<SecurityEvent>): SecurityEvent => ({
  number: 1, at: '2026-11-23T08:42:00Z', kind: 'signed_in', severity: 'info', who: 'Anna', address: null, detail: '', cause: null, ...more,
});

it('says what happened, and never nothing', () => {
  expect(says(event({}))).toBe('Anna signed in');
  expect(says(event({ kind: 'denied', who: null }))).toBe('Somebody asked for what they may not');
  expect(says(event({ kind: 'moon_landed' }))).toBe('Moon landed: Anna');
});

it('says why and from where', () => {
  expect(details(event({ detail: 'wrong name or password', address: '10.0.0.1' }))).toBe('wrong name or password, from 10.0.0.1');
  expect(details(event({ detail: 'session 0190b5a0-0000-7000-8000-000000000000', address: 'local' }))).toBe('on the machine itself');
  expect(details(event({}))).toBe('');
});
