/** Where on this page a row behind something can be looked at, and what it says. Pure. */
import { quantity } from '../format';
import { booleanWords, humanize } from '../words';
import type { Evidence } from './wire';

const at = encodeURIComponent;

export function placeOf(it: Pick<Evidence, 'kind' | 'id' | 'device' | 'property' | 'name'>): string | null {
  switch (it.kind) {
    case 'property':
    case 'history':
      return it.device ? `/devices/${at(it.device)}${it.property ? `?property=${at(it.property)}` : ''}` : null;
    case 'connectivity':
      return it.device ? `/devices/${at(it.device)}` : null;
    case 'run':
      return it.id ? `/automations/runs/${at(it.id)}` : null;
    case 'event':
    case 'wish':
      return '/timeline';
    case 'component':
      return '/settings';
    case 'concern':
      return '/mood';
    default:
      return null;
  }
}

/** What the row says: `Temperature 18.2°`, `not answering`. */
export function says(it: Evidence): string {
  const title = it.property ? humanize(it.property.split('.').at(-1) ?? '') : '';
  if (it.kind === 'connectivity') return it.value === true ? 'answering' : 'not answering';
  if (it.value === null) return it.kind === 'property' ? `${title} unknown` : title || humanize(it.kind);
  if (typeof it.value === 'number') return `${title} ${quantity(it.value, it.unit)}`.trim();
  if (typeof it.value === 'boolean') {
    const [yes, no] = booleanWords(it.property ?? '');
    return yes === 'Yes' ? `${title}: ${it.value ? 'yes' : 'no'}` : it.value ? yes : no;
  }
  return `${title} ${humanize(it.value)}`.trim();
}
