/** Real addresses for every page, on the History API. */

export type Route =
  | { page: 'home' | 'devices' | 'discover' | 'automations' | 'safety' | 'mood' | 'memory' | 'talk' | 'timeline' | 'people' | 'account' | 'security' | 'loop' | 'server' | 'settings' | 'more' | 'missing' }
  | { page: 'device' | 'scenario'; slug: string }
  | { page: 'editor'; slug: string | null }
  | { page: 'run'; id: string };

const PLACES = ['devices', 'discover', 'automations', 'mood', 'memory', 'talk', 'timeline', 'people', 'account', 'security', 'loop', 'server', 'settings', 'more'] as const;

function automations(parts: string[]): Route | null {
  const [what, which, more] = parts;
  if (parts.length === 1 && what === 'new') return { page: 'editor', slug: null };
  if (parts.length === 1 && what === 'safety') return { page: 'safety' };
  if (parts.length === 2 && what === 'runs') return { page: 'run', id: which! };
  if (parts.length === 2 && what === 'scenario') return { page: 'scenario', slug: which! };
  if (parts.length === 3 && what === 'scenario' && more === 'edit') return { page: 'editor', slug: which! };
  return null;
}

export function parse(path: string): Route {
  let parts: string[];
  try {
    parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return { page: 'missing' };
  }
  const [first, ...rest] = parts;
  if (!first) return { page: 'home' };
  if (first === 'devices' && rest.length === 1) return { page: 'device', slug: rest[0]! };
  if (first === 'automations' && rest.length > 0) return automations(rest) ?? { page: 'missing' };
  const place = PLACES.find((it) => it === first);
  return place && rest.length === 0 ? { page: place } : { page: 'missing' };
}

class Router {
  #path = $state(location.pathname);
  #search = $state(location.search);
  route = $derived(parse(this.#path));
  query = $derived(new URLSearchParams(this.#search));
  /** Grows with each page that was gone to: each visit starts anew and takes the focus along. */
  visits = $state(0);

  start(): void {
    addEventListener('popstate', () => this.#read());
    document.addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = (event.target as Element | null)?.closest('a');
      if (!link || link.origin !== location.origin || link.target || link.hasAttribute('data-native')) return;
      if (link.hash && link.pathname === location.pathname) return;
      event.preventDefault();
      this.go(link.pathname + link.search);
    });
  }

  go(to: string): void {
    if (to === location.pathname + location.search) return;
    history.pushState(null, '', to);
    this.#read();
    scrollTo(0, 0);
  }

  /** Changes the address in place, for filters: going back leaves the page, not each letter typed. */
  replaceQuery(query: Record<string, string>): void {
    const search = new URLSearchParams(Object.entries(query).filter(([, it]) => it !== '')).toString();
    history.replaceState(null, '', location.pathname + (search ? `?${search}` : ''));
    this.#search = location.search;
  }

  #read(): void {
    this.#path = location.pathname;
    this.#search = location.search;
    this.visits++;
  }
}

export const router = new Router();
