/**
 * What every transport must do, said in AMQP's terms and run on each: memory and RabbitMQ.
 *
 * A further transport needs a `TransportHarness` and one call of `transportContract`.
 */
import { type SuiteOptions, suite } from '../support/suite.ts';
import { Bench } from './transport/bench.ts';
import { brokerUsers } from './transport/broker-users.ts';
import { declaring } from './transport/declaring.ts';
import { envelopes } from './transport/envelopes.ts';
import type { TransportHarness } from './transport/harness.ts';
import { identities } from './transport/identities.ts';
import { living } from './transport/living.ts';
import { noRoutes, routes } from './transport/routes.ts';
import { routing } from './transport/routing.ts';
import { settling } from './transport/settling.ts';

export type { Client, TransportHarness } from './transport/harness.ts';

/** `isLocal`: the broker is in this process, and its transports have routes. */
export type ContractOptions = SuiteOptions & { readonly isLocal: boolean };

/** Runs the suite; `create` makes the harness of one test. */
export function transportContract(
  name: string,
  { isLocal, ...options }: ContractOptions,
  create: () => TransportHarness,
): void {
  const known = isLocal ? routes : noRoutes;
  for (const part of [
    routing,
    settling,
    envelopes,
    identities,
    brokerUsers,
    declaring,
    living,
    known,
  ]) {
    const test = suite(`${name}: ${part.name}`, options);
    let bench: Bench;
    test.before.each(() => {
      bench = new Bench(create());
    });
    test.after.each(() => bench.dispose());
    part(test, () => bench);
    test.run();
  }
}
