// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import { parse } from './router.svelte';

it('knows its addresses', () => {
  expect(parse('/')).toEqual({ page: 'home' });
  expect(parse('/devices')).toEqual({ page: 'devices' });
  expect(parse('/devices/main_thermostat')).toEqual({ page: 'device', slug: 'main_thermostat' });
  expect(parse('/devices/%E0%A4%A')).toEqual({ page: 'missing' });
  expect(parse('/automations')).toEqual({ page: 'automations' });
  expect(parse('/automations/new')).toEqual({ page: 'editor', slug: null });
  expect(parse('/automations/scenario/new')).toEqual({ page: 'scenario', slug: 'new' });
  expect(parse('/automations/scenario/evening/edit')).toEqual({ page: 'editor', slug: 'evening' });
  expect(parse('/automations/runs/0190')).toEqual({ page: 'run', id: '0190' });
  expect(parse('/automations/evening')).toEqual({ page: 'missing' });
  expect(parse('/settings/what')).toEqual({ page: 'missing' });
});
