/** The places of the house's page, in the order of the rail. */
import Automations from '@lucide/svelte/icons/workflow';
import Clock from '@lucide/svelte/icons/clock';
import Compass from '@lucide/svelte/icons/compass';
import Gear from '@lucide/svelte/icons/settings';
import Grid from '@lucide/svelte/icons/layout-grid';
import House from '@lucide/svelte/icons/house';
import Rest from '@lucide/svelte/icons/ellipsis';

export type Place = {
  page: string;
  href: string;
  name: string;
  /** A shorter word for the bar, where the name is long. */
  short?: string;
  about: string;
  Icon: typeof House;
  /** Whether the bar of a phone has room for it. */
  bar: boolean;
  /** Whether the rail shows it: not what only gathers what the bar leaves out. */
  rail: boolean;
};

export const places: Place[] = [
  { page: 'home', href: '/', name: 'Home', about: 'The house at a glance', Icon: House, bar: true, rail: true },
  { page: 'devices', href: '/devices', name: 'Devices', about: 'Every device', Icon: Grid, bar: true, rail: true },
  { page: 'discover', href: '/discover', name: 'Discover', about: 'What is there and not ours yet', Icon: Compass, bar: true, rail: true },
  { page: 'automations', href: '/automations', name: 'Automations', short: 'Rules', about: 'What happens by itself', Icon: Automations, bar: true, rail: true },
  { page: 'timeline', href: '/timeline', name: 'Timeline', about: 'Everything that happened, with its cause', Icon: Clock, bar: false, rail: true },
  { page: 'settings', href: '/settings', name: 'Settings', about: 'How the house runs', Icon: Gear, bar: false, rail: true },
  { page: 'more', href: '/more', name: 'More', about: '', Icon: Rest, bar: true, rail: false },
];

/** The place under which a page is found. */
export function placeOf(page: string): string {
  if (page === 'device') return 'devices';
  return ['scenario', 'editor', 'run', 'safety'].includes(page) ? 'automations' : page;
}
