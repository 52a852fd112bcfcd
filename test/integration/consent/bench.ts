/**
 * Where a scenario of the consent protocol is played: the services that keep nodes, peers played by the test, and what is left afterwards.
 * Two benches: in one process over memory and in virtual time (`consent-world`), and a process for each service over RabbitMQ and
 * PostgreSQL (`process-world`). A scenario knows neither.
 *
 * 1. Nothing is waited for by a length of time: `until` and `eventually` wait for what can be seen.
 * 2. A service is killed in a state: the moment it has committed the line of history that says so.
 */
import { hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import type { Ids } from '../../../runtime/ports/ids.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import type { WorldReads } from '../../contract/world-reads.ts';
import type { Entity } from './entity-configs.ts';
import { Peer, type PeerBench, type PeerOptions } from './peer.ts';

export abstract class ConsentBench implements PeerBench {
  abstract readonly ids: Ids;
  readonly #peers: Peer[] = [];

  abstract transport(): Transport;
  abstract until<T>(work: Promise<T>): Promise<T>;
  /** Resolves when it is so, looked at again and again; rejects when that takes too long. */
  abstract eventually(isSo: () => Promise<boolean>): Promise<void>;
  /** A request to the model service of an entity. */
  abstract ask(entity: Entity, action: string, data: Json): Promise<JsonObject>;
  abstract read<Op extends keyof WorldReads>(
    op: Op,
    args: WorldReads[Op]['args'],
  ): Promise<WorldReads[Op]['result']>;
  /** In one transaction, past every actor. */
  abstract apply(...writes: readonly Write[]): Promise<void>;
  /** All lines so far, oldest first. */
  abstract history(): Promise<readonly HistoryLine[]>;
  /** What is left of operations on these nodes that should not be, once everything had time to end. */
  abstract traces(...nodeIds: readonly string[]): Promise<readonly string[]>;
  /** In which states the actors of a service are stored, as `storedStates` names them. */
  abstract stored(service: string): Promise<readonly string[]>;
  /** The process of the service dies when it has committed such a line; resolves when that is arranged. */
  abstract dieAfter(service: string, what: string): Promise<void>;
  /** Resolves when it has died so. */
  abstract died(service: string): Promise<void>;
  /** Kills the process of a service now. */
  abstract kill(service: string): Promise<void>;
  /** Starts a service that does not run; resolves when it consumes. */
  abstract start(service: string): Promise<void>;

  /** A request, waited for. */
  call(entity: Entity, action: string, data: Json): Promise<JsonObject> {
    return this.until(this.ask(entity, action, data));
  }

  async create(entity: Entity, data: JsonObject = {}): Promise<string> {
    const { id, error } = await this.call(entity, 'create', data);
    if (typeof id !== 'string') throw new Error(`not created: ${JSON.stringify(error)}`);
    return id;
  }

  async exists(id: string): Promise<boolean> {
    return (await this.read('roster', { nodeIds: [id] })).nodes.length > 0;
  }

  /** Names of the subscribers on a node's list. */
  async listOf(nodeId: string): Promise<readonly string[]> {
    return (await this.read('roster', { nodeIds: [nodeId] })).subscriptions.map(
      ({ service }) => service,
    );
  }

  listed(nodeId: string, subscriber: string): Promise<void> {
    return this.eventually(async () => (await this.listOf(nodeId)).includes(subscriber));
  }

  /** Puts a node that nobody is asked about below another one, past every actor; resolves with what takes it away again. */
  async obstruct(parentId: string): Promise<() => Promise<void>> {
    const [id, service] = [this.ids.next(), 'alerts_model_crud'];
    const [versions = {}] = (await this.read('roster', { nodeIds: [parentId] })).nodes.map(
      (node) => ({
        [node.id]: node.version,
      }),
    );
    const placed = {
      id,
      service,
      objectClass: 'prsAlert',
      parentId,
      attributes: { cn: ['stray'] },
    };
    await this.apply(hierarchyWrite('add', { ...placed, systemNode: false }, { versions }));
    return () => this.apply(hierarchyWrite('remove', { nodeIds: [id], beside: [] }, null));
  }

  async peer(options: PeerOptions): Promise<Peer> {
    const peer = new Peer(this, options);
    this.#peers.push(peer);
    await this.until(peer.open());
    return peer;
  }

  /** Gives the names of those that are closed. */
  protected async closePeers(): Promise<readonly string[]> {
    const closed = this.#peers.splice(0);
    for (const peer of closed) await this.until(peer.close());
    return closed.map(({ queue }) => queue);
  }
}
