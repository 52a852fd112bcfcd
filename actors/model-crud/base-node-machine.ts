/**
 * Writes the root node and the base node of the entity if they are missing. The service sends the
 * machine `ensure-base` at every start.
 */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { write } from '../../runtime/step/effects.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyWrite } from '../hierarchy/store.ts';
import { baseNodeId, rootNodeId } from './base-ids.ts';

type StartEvent = MessageEvent<Json, unknown, 'ensure-base'>;

export function baseNodeMachine({ baseNode }: ConsentSettings) {
  return setup({
    types: {} as { events: StartEvent },
    actions: {
      ensure: write(() =>
        hierarchyWrite('ensureBase', { baseNode, ids: [rootNodeId, baseNodeId(baseNode)] }, null),
      ),
    },
  }).createMachine({
    id: 'base-node',
    initial: 'ready',
    states: { ready: { on: { 'ensure-base': { actions: 'ensure' } } } },
  });
}
