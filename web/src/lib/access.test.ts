import { expect, it } from 'vitest';
import { agentName, toLocal, toTime } from './access';

it('calls browsers by their names', () => {
  expect(agentName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0 Safari/537.36')).toBe('Chrome on Linux');
  expect(agentName('Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X) AppleWebKit/605.1 Version/20.0 Mobile Safari/604.1')).toBe('Safari on iPhone');
  expect(agentName('curl/8.5.0')).toBe('curl/8.5.0');
  expect(agentName('')).toBe('Something without a name');
});

it('takes times of a form there and back', () => {
  expect(toTime('')).toBeNull();
  expect(toTime('nonsense')).toBeNull();
  const local = '2027-01-31T18:00';
  expect(toLocal(toTime(local))).toBe(local);
  expect(toLocal(null)).toBe('');
});
