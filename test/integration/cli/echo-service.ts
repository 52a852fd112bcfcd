/** A service for modules that tests write: it repeats data, refuses, or stays silent. */
import { setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import type {
  MessageRoute,
  ServiceDefinition,
} from '../../../runtime/messages/service-definition.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { defineService } from '../../../runtime/service.ts';
import { reply } from '../../../runtime/step/effects.ts';
import { programAt } from '../../support/program.ts';

type Said = { readonly type: 'say' | 'deny' | 'hush'; readonly data: string };

const machine = setup({
  types: {} as { events: Said },
  actions: {
    repeat: reply(({ event }: { event: Said }) => ({ body: { said: event.data } })),
    deny: reply(() => ({ body: { error: { code: 409, name: 'refused', message: 'no echo' } } })),
  },
}).createMachine({
  id: 'echo',
  initial: 'open',
  states: { open: { on: { say: { actions: 'repeat' }, deny: { actions: 'deny' }, hush: {} } } },
});

const route: MessageRoute<Json, 'echo'> = {
  machine: 'echo',
  to: (_message, newId) => ({ key: newId }),
  starts: true,
};

/** The file of a service with one queue, with further members. */
export function echoFile(name: string, more: object = {}): object {
  return {
    svc_name: name,
    publish: { main: { name, routing_key: `${name}_publish` } },
    consume: { main: { name, queue: `${name}_consume`, routing_key: `${name}_consume` } },
    ...more,
  };
}

export function echoWith(config: ExchangeConfig): ServiceDefinition {
  const messages = { say: route, deny: route, hush: route };
  return defineService({ config, machines: { echo: machine }, messages });
}

/** With a config of its own, and the environment of the process. */
export function echo(name: string): ServiceDefinition {
  const text = JSON.stringify(echoFile(name));
  const config = parseExchangeConfig(text, {
    file: `${name}.json`,
    env: process.env,
    sections: {},
  });
  return echoWith(config);
}

/** The first line of a module, after which `echo` and `echoWith` are known. */
export function importEcho(): string {
  const { file } = programAt(new URL('./echo-service.ts', import.meta.url));
  return `import { echo, echoWith } from ${JSON.stringify(`file://${file}`)};\n`;
}
