/** A service in two versions: accounts that add. Version 2 counts its additions too, and takes `bonus`. */
import { type Static, Type } from 'typebox';
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { defineService, type MachineOptions } from '../../../runtime/service.ts';
import { reply } from '../../../runtime/step/effects.ts';
import type { StoredMachine } from '../../../runtime/step/family-record.ts';

/** `2-as-1`: the code of version 2, which stores version 1 until version 2 is released. */
export type Release = '1' | '2-as-1' | '2';

export const bankConfig = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'bank',
    publish: { main: { name: 'bank', type: 'direct', routing_key: 'bank_publish' } },
    consume: {
      main: { name: 'bank', type: 'direct', queue: 'bank_consume', routing_key: 'bank_consume' },
    },
  }),
  { file: 'bank.json', env: process.env, sections: {} },
);

const Add = Type.Object({ account: Type.String() });
type Addition = MessageEvent<Static<typeof Add>, undefined, 'add' | 'bonus'>;

interface Account {
  readonly sum: number;
  readonly count: number | null;
}

const added = { actions: ['add', 'answer'] } as const;

function account(version: 1 | 2) {
  return setup({
    types: {} as { context: Account; events: Addition },
    actions: {
      add: assign(({ context: { sum, count } }) => ({
        sum: sum + 1,
        count: version === 1 ? null : (count ?? 0) + 1,
      })),
      answer: reply(({ context: { sum }, event }) => ({
        to: event.$.message.replyTo,
        body: { version, sum },
      })),
    },
  }).createMachine({
    id: 'account',
    context: { sum: 0, count: null },
    on: version === 1 ? { add: added } : { add: added, bonus: added },
  });
}

function withCount(stored: StoredMachine): StoredMachine {
  return { ...stored, context: { ...Object(stored.context), count: 0 } };
}

// #region writes
const newest: MachineOptions = {
  machine: account(2),
  version: 2,
  migrations: { 1: withCount },
};

/** An entry of `machines` in `defineService`. */
const withWayBack: MachineOptions = { ...newest, writes: { version: 1, machine: account(1) } };
// #endregion

function machineOf(release: Release): MachineOptions {
  if (release === '1') return { machine: account(1) };
  return release === '2' ? newest : withWayBack;
}

export function bankService(release: Release): ServiceDefinition {
  const route = {
    machine: 'account',
    schema: Add,
    to: ({ data }: { readonly data: Static<typeof Add> }) => ({ key: data.account }),
    starts: true,
  } as const;
  const actions = release === '1' ? ['add'] : ['add', 'bonus'];
  return defineService({
    config: bankConfig,
    machines: { account: machineOf(release) },
    messages: Object.fromEntries(actions.map((action) => [action, route])),
  });
}
