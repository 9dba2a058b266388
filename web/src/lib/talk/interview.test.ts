import { expect, it } from 'vitest';
import { joined, phases } from './interview';

it('shows how far the walk is', () => {
  const now = phases('doorways');
  expect(now.filter((phase) => phase.done).map((phase) => phase.name)).toEqual(['Name', 'Place', 'Rooms']);
  expect(now.find((phase) => phase.here)?.name).toBe('Doorways');
  expect(phases('done').every((phase) => phase.done)).toBe(true);
});

it('says names as people do', () => {
  expect(joined([])).toBe('');
  expect(joined(['Hall'])).toBe('Hall');
  expect(joined(['Hall', 'Kitchen', 'Garden'])).toBe('Hall, Kitchen and Garden');
});
