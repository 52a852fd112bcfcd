import { assign, setup } from 'xstate';
import type { MachineOptions, MessageEvent, StoredMachine } from '../../../../index.ts';

type Place = MessageEvent<{ order: string }, undefined, 'place'>;

const order = setup({
  types: {} as { context: { order: string; note: string }; events: Place },
  actions: { take: assign(({ event }) => ({ order: event.data.order })) },
}).createMachine({
  id: 'order',
  context: { order: '', note: '' },
  initial: 'open',
  states: {
    open: { on: { place: { target: 'charging', actions: 'take' } } },
    charging: {}, // version 1 called this state `paying`
  },
});

function renameState(stored: StoredMachine): StoredMachine {
  return stored.value === 'paying' ? { ...stored, value: 'charging' } : stored;
}

function addNote(stored: StoredMachine): StoredMachine {
  return { ...stored, context: { ...Object(stored.context), note: '' } };
}

/** An entry of `machines` in `defineService`. */
export const orderMachine: MachineOptions = {
  machine: order,
  version: 3,
  migrations: { 1: renameState, 2: addNote },
};
