/** Who sits before this page: asked before anything else is shown. */
import { ApiError, request, word } from './api';

export type Me = {
  account: string | null;
  name: string;
  called: string;
  role: string | null;
  rights: string[];
  /** Slugs of the only rooms; null: the whole house. */
  areas: string[] | null;
  session: string | null;
  second_factor: boolean;
  until: string | null;
  by: 'operator' | 'cookie' | 'access' | 'program' | 'token';
  csrf: string | null;
};
export type AuthState = { has_owner: boolean; needs_code: boolean; production: boolean; me: Me | null };

class Session {
  state = $state.raw<AuthState | null>(null);
  error = $state.raw<ApiError | null>(null);
  me = $derived(this.state?.me ?? null);
  /** Whether one sees the house as a whole, and not some rooms of it alone. */
  whole = $derived(this.me !== null && this.me.areas === null);

  may(right: string): boolean {
    return this.me?.rights.includes(right) ?? false;
  }

  /** Whether one has a right in the whole house. */
  mayInHouse(right: string): boolean {
    return this.whole && this.may(right);
  }

  async load(): Promise<void> {
    try {
      this.#take(await request<AuthState>('/api/auth'));
    } catch (cause) {
      this.error = cause instanceof ApiError ? cause : new ApiError(0, { code: 'unknown', message: String(cause) });
    }
  }

  /** Looks whether one is still signed in; who is not starts anew at the door. */
  async check(): Promise<void> {
    const before = this.state?.me;
    const now = await request<AuthState>('/api/auth').catch(() => null);
    if (!now || !before) return;
    if (!now.me || JSON.stringify([now.me.rights, now.me.areas]) !== JSON.stringify([before.rights, before.areas])) location.reload();
    else this.#take(now);
  }

  owner(name: string, password: string, code: string | null): Promise<void> {
    return this.#enter('/api/auth/owner', code ? { name, password, code } : { name, password });
  }

  signIn(name: string, password: string, code: string | null): Promise<void> {
    return this.#enter('/api/auth/login', code ? { name, password, code } : { name, password });
  }

  async signOut(): Promise<void> {
    await request('/api/auth/logout', { method: 'POST' });
    location.assign('/');
  }

  async #enter(path: string, body: unknown): Promise<void> {
    await request(path, { method: 'POST', body });
    // All that was shown to somebody else goes, and the house begins with who came in.
    location.reload();
  }

  #take(state: AuthState): void {
    word.csrf = state.me?.csrf ?? null;
    this.state = state;
    this.error = null;
  }
}

export const session = new Session();
