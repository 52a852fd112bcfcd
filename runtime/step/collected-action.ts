import type { AnyEventObject } from 'xstate';
import type { JsonObject } from '../ports/json.ts';

/** An action that XState would execute. */
export interface CollectedAction {
  readonly type: string;
  readonly info: { context: JsonObject; event: AnyEventObject };
  readonly params: unknown;
  readonly exec: unknown;
}
