/** What the editor offers besides the live house: the scenarios that there are. */
import type { Scenario } from '../../lib/automation/wire';

class Known {
  scenarios = $state.raw<Scenario[]>([]);
}

export const known = new Known();
