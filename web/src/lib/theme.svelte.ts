/** Light, dark, or as the system has it. Kept in this browser. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'theme';

function stored(): Theme {
  try {
    const it = localStorage.getItem(KEY);
    return it === 'light' || it === 'dark' ? it : 'system';
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
    return 'system';
  }
}

const system = matchMedia('(prefers-color-scheme: dark)');

class Look {
  theme = $state<Theme>(stored());
  #systemDark = $state(system.matches);
  dark = $derived(this.theme === 'system' ? this.#systemDark : this.theme === 'dark');

  constructor() {
    system.addEventListener('change', () => (this.#systemDark = system.matches));
    this.#show();
  }

  choose(theme: Theme): void {
    this.theme = theme;
    try {
      if (theme === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // See above.
    }
    this.#show();
  }

  #show(): void {
    // The tokens live in the stylesheet; this only says which set.
    if (this.theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

export const look = new Look();
