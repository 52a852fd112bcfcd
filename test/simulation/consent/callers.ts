/**
 * Clients of one user of the broker that name a caller: one with the key of the services, and others
 * with a signature that proves nothing.
 *
 * 1. `callers`: no machine sees a message whose caller is not proved, and nobody is told that such a
 *    deletion is done.
 */
import { Client } from '../../../runtime/client.ts';
import { callerSigner } from '../../../runtime/messages/caller-signature.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Destination } from '../../../runtime/step/effects.ts';
import type { Simulation } from '../../../testing/simulation/simulation.ts';
import type { Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { CallerKind } from './consent-plan.ts';
import { callerKey } from './draw-callers.ts';
import { callerSecrets } from './entities.ts';
import { idOnWire } from './id-on-wire.ts';
import { idOf } from './names.ts';

const kinds: readonly CallerKind[] = ['signed', 'unsigned', 'wrong key', 'expired'];
const userName = 'client';
const askTimeoutMs = 20_000;
/** As long as a signature counts, and a minute. */
const longAgoMs = 86_460_000;

interface CallerRequest {
  readonly to: Destination;
  readonly body: Json;
  readonly name: string;
  readonly headers: Headers;
}

export class Callers {
  /** Ids of messages whose caller is not proved. */
  readonly wrong = new Set<string>();
  readonly #clients = new Map<CallerKind, Client>();

  /** Connects a client of each kind. */
  async open(simulation: Simulation): Promise<void> {
    const { broker, clock, ids, secret } = simulation;
    for (const kind of kinds) {
      const transport = broker.transport(`${userName}/${kind}`, { user: userName });
      const outgoing = signerOf(kind, clock);
      const client = new Client({ transport, name: userName, clock, ids, secret, outgoing });
      await simulation.until(simulation.insist(() => client.open()));
      this.#clients.set(kind, client);
    }
  }

  /** Repeats the request until it is answered. */
  async ask(
    kind: CallerKind,
    { to, body, name, headers }: CallerRequest,
    world: World,
  ): Promise<Json> {
    const client = this.#clients.get(kind);
    if (client === undefined) throw new Error(`no client is ${kind}`);
    const messageId = idOf(name);
    if (kind !== 'signed') this.wrong.add(messageId);
    const more = { messageId, timeoutMs: askTimeoutMs, headers: { ...headers, caller: 'kim' } };
    const answer = await world.simulation.insist(() => client.request(to, body, more));
    world.note(`a caller: ${kind}`);
    const isRefused = JSON.stringify(answer).includes('"error"');
    if (kind !== 'signed' && !isRefused)
      world.fail('callers', `the deletion ${name} of a caller that is ${kind} is done`);
    return answer;
  }

  get invariants(): readonly Invariant[] {
    return [{ name: 'callers', committed: (turns) => this.#heard(turns) }];
  }

  #heard(turns: readonly TurnCommit[]): Problem {
    const handled = turns.flatMap(({ inbox }) => inbox.map(({ messageId }) => idOnWire(messageId)));
    const heard = handled.find((id) => this.wrong.has(id));
    return heard && `the message ${heard} is handled, and its caller is not proved`;
  }
}

function signerOf(kind: CallerKind, clock: Simulation['clock']): ReturnType<typeof callerSigner> {
  const secrets = kind === 'wrong key' ? { [callerKey]: 'w'.repeat(43) } : callerSecrets;
  const keys = { secrets, signWith: callerKey, maxAgeMs: 0 };
  const now = kind === 'expired' ? () => clock.now() - longAgoMs : () => clock.now();
  return callerSigner(kind === 'unsigned' ? undefined : keys, { now });
}
