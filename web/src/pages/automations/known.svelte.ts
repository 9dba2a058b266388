/** What the editor offers besides the live house: the scenarios and scenes that there are. */
import type { Scene } from '../../lib/automation/api';
import type { Scenario } from '../../lib/automation/wire';

class Known {
  scenarios = $state.raw<Scenario[]>([]);
  scenes = $state.raw<Scene[]>([]);
}

export const known = new Known();
