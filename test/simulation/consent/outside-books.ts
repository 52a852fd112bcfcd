/**
 * The participant of the simulation whose rows are outside of the journal's database, made by
 * `defineOutsideParticipant`, as a user makes a service. Each node has one row there.
 *
 * 1. A call may be lost before the system has the call, or after the system has done it.
 * 2. A clean-up is called only for a decided node, and under one key on every try (`applied once`).
 */

import type { JsonObject } from '../../../config/json.ts';
import { type DependsOnOutside, defineOutsideParticipant } from '../../../index.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import { type Owned, participantConfig } from './entities.ts';

type Row = { readonly nodeId: string; readonly isNeeded: boolean };
type Verb = 'delete' | 'update';

/** The system outside. */
export interface OutsideWorld {
  readonly name: string;
  /** Whether the next call is lost on its way, or its answer. */
  readonly fate: () => 'lost' | 'unanswered' | 'answered';
  readonly isNeeded: (nodeId: string) => boolean;
  readonly isDecided: (nodeId: string, verb: Verb) => boolean;
  readonly see: (invariant: string, problem: string) => void;
  readonly now: () => number;
}

const notHere = (): Promise<never> => Promise.reject(new Error('it is given with the run'));

export class OutsideBooks {
  /** The nodes after which the rows were cleaned up for a deletion. */
  readonly cleaned = new Set<string>();
  readonly #keys = new Map<string, string>();
  readonly #world: OutsideWorld;

  constructor(world: OutsideWorld) {
    this.#world = world;
  }

  /** `given`: further sections of the config. */
  service(cast: readonly Owned[], given: JsonObject): ServiceDefinition {
    const { name, now } = this.#world;
    const config = participantConfig(name, cast, given);
    const clock: Pick<Clock, 'now'> = { now };
    const dependsOn = Object.fromEntries(cast.map((entity) => [entity, this.#rules()]));
    return defineOutsideParticipant({ config, dependsOn }, clock).define(config, {
      store: (store) => ({ name: store, read: notHere }),
      locks: { acquire: notHere, keep: () => undefined, release: notHere, close: notHere },
    });
  }

  #rules(): DependsOnOutside<Row> {
    const veto: Required<DependsOnOutside<Row>>['mayDelete'] = ({ dependants: [row] }) =>
      row?.isNeeded ? 'the other system needs it' : undefined;
    const cleanUp =
      (verb: Verb): Required<DependsOnOutside<Row>>['deleting'] =>
      async ({ node }, { idempotencyKey }) =>
        this.#called(() => this.#clean(node, verb, idempotencyKey));
    return {
      rows: {
        by: 'nodeId',
        read: (ids) =>
          this.#called(() =>
            ids.map((nodeId) => ({ nodeId, isNeeded: this.#world.isNeeded(nodeId) })),
          ),
      },
      mayDelete: veto,
      mayUpdate: veto,
      deleting: cleanUp('delete'),
      updating: cleanUp('update'),
    };
  }

  async #called<Result>(call: () => Result): Promise<Result> {
    const fate = this.#world.fate();
    if (fate === 'lost') throw new Transient('not-reachable', 'the connection is cut');
    const result = call();
    if (fate === 'unanswered') throw new Transient('not-reachable', 'the answer is lost');
    return result;
  }

  #clean(nodeId: string, verb: Verb, key: string): void {
    const { isDecided, see } = this.#world;
    if (!isDecided(nodeId, verb))
      see('removed by right', `the ${verb} of ${nodeId} is carried out outside, and not decided`);
    const about = `${verb} ${nodeId}`;
    const known = this.#keys.get(key) ?? about;
    this.#keys.set(key, known);
    if (known !== about)
      see('applied once', `the key ${key} is used for ${known} and for ${about}`);
    if (verb === 'delete') this.cleaned.add(nodeId);
  }
}
