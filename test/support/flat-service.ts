/** A service around one machine: its first message is the input of the machine, and the others are flat events. */
import type { AnyStateMachine } from 'xstate';
import { parseExchangeConfig } from '../../composition/exchange-configs.ts';
import type { RoutedInput } from '../../runtime/messages/input.ts';
import { messageInfo } from '../../runtime/messages/received.ts';
import { routed } from '../../runtime/messages/routing.ts';
import type {
  ServiceDefinition,
  ServiceMachine,
} from '../../runtime/messages/service-definition.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { defineService } from '../../runtime/service.ts';

const to = () => ({ key: 'one' });
const ends = { name: 'flat', queue: 'flat', routing_key: 'flat' };
const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'flat',
    publish: { main: { name: 'flat', routing_key: 'flat_out' } },
    consume: { main: ends },
  }),
  { file: 'flat.json', env: {}, sections: {} },
);

export class FlatService {
  readonly machine: ServiceMachine;
  readonly #service: ServiceDefinition;

  /** `actions`: the messages beside `start`. */
  constructor(machine: AnyStateMachine, actions: readonly string[]) {
    const messages = actions.map((action) => [action, { machine: 'random', to, starts: false }]);
    this.#service = defineService({
      config,
      machines: { random: { machine, flat: true } },
      messages: {
        ...Object.fromEntries(messages),
        start: { machine: 'random', to, starts: 'input' },
      },
    });
    this.machine = this.#service.machines.get('random') as ServiceMachine;
  }

  /** What becomes of a message. */
  take(action: string, data: Json): RoutedInput {
    const delivery = {
      ...{ queue: 'flat', exchange: 'flat', routingKey: 'flat', redelivered: false },
      ...{ properties: { persistent: false }, body: new Uint8Array() },
    };
    const received = { delivery, info: messageInfo(delivery, null, null) };
    const body = { action, data };
    return routed(
      this.#service,
      received,
      body,
      () => false,
      () => 'new',
    )[0] as RoutedInput;
  }
}
