/**
 * An owner that knows only the seed's `mayDelete`, `deleting` and `deleted`. The owner keeps its
 * nodes without a service of ours, asks each subscriber once, and ignores our headers.
 *
 * 1. The owner takes silence for a no and announces no call-off. A promise to this owner ends by
 *    its time limit.
 * 2. After the decision the owner repeats `deleting` until every subscriber has answered ok. Then
 *    the node is removed from the tables.
 * 3. The owner answers no `subscribe`.
 */
import { readAnswer } from '../../../actors/consent/answers.ts';
import { sagaKey } from '../../../actors/consent/saga-headers.ts';
import type { Delivery } from '../../../runtime/ports/envelope.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { noUndo } from '../../../runtime/ports/undo-log.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentRun } from './consent-run.ts';
import { classes, type Entity, serviceOf } from './entities.ts';
import { isGoing, listOf, referencedBy } from './lists.ts';

const name = 'old_owner';
const voteMs = 10_000;
const tellAgainMs = 2_000;

export class OldOwner {
  readonly #entity: Entity;
  readonly #run: ConsentRun;
  readonly #world: World;
  readonly #transport: Transport;
  readonly #waiting = new Map<string, (answer: string | undefined) => void>();
  /** The asked nodes: a saga of this owner is identified by its node alone. */
  readonly #asked = new Set<string>();
  #questions = 0;

  constructor(entity: Entity, run: ConsentRun, world: World) {
    this.#entity = entity;
    this.#run = run;
    this.#world = world;
    this.#transport = world.simulation.transport(name);
  }

  async open(): Promise<void> {
    const lasting = { durable: true, autoDelete: false, declare: true, arguments: {} };
    const keys = [name, `${serviceOf(this.#entity)}_consume`];
    await this.#transport.open({
      exchanges: [{ name: this.#entity, type: 'direct', ...lasting }],
      queues: [{ name, exclusive: false, ...lasting, arguments: { 'x-queue-type': 'quorum' } }],
      bindings: keys.map((routingKey) => ({
        exchange: this.#entity,
        queue: name,
        routingKey,
        arguments: {},
      })),
    });
    await this.#transport.consume(name, { prefetch: 0 }, async (delivery) => {
      this.#take(delivery);
      return 'done';
    });
  }

  /** Deletes a node and its own nodes below, children first, as far as all subscribers agree. */
  async remove(nodeId: string): Promise<void> {
    for (const id of this.#ownBelow(nodeId))
      if (!(await this.#removeOne(id))) return this.#world.note('an old owner is refused');
    this.#world.note('an old owner deletes');
  }

  #ownBelow(nodeId: string): readonly string[] {
    const own = this.#run.tables
      .childrenOf(nodeId)
      .filter(({ objectClass }) => objectClass === classes[this.#entity]);
    return [...own.flatMap(({ id }) => this.#ownBelow(id)), nodeId];
  }

  async #removeOne(nodeId: string): Promise<boolean> {
    const { tables, ledger, chronicle } = this.#run;
    if (tables.nodes.get(nodeId) === undefined) return true;
    if (this.#asked.has(nodeId)) return false;
    this.#asked.add(nodeId);
    const voters = listOf(ledger, nodeId).map(({ service }) => service);
    const answers = await Promise.all(
      voters.map((voter) => this.#ask('mayDelete', nodeId, voter, voteMs)),
    );
    if (!answers.every((answer) => answer === 'ok')) return false;
    chronicle.story(sagaKey({}, this.#entity, nodeId)).decisions += 1;
    await Promise.all(voters.map((voter) => this.#tell(nodeId, voter)));
    this.#addTombstone(nodeId);
    return true;
  }

  async #tell(nodeId: string, voter: string): Promise<void> {
    while ((await this.#ask('deleting', nodeId, voter, tellAgainMs)) !== 'ok');
  }

  /** The response; undefined when none arrives in time. */
  async #ask(
    action: string,
    nodeId: string,
    voter: string,
    limitMs: number,
  ): Promise<string | undefined> {
    this.#questions += 1;
    const correlationId = `${name} ${this.#questions}`;
    const { simulation } = this.#world;
    const answer = new Promise<string | undefined>((resolve) => {
      const cancel = simulation.clock.after(limitMs, () => resolve(undefined));
      this.#waiting.set(correlationId, (response) => {
        cancel();
        resolve(response);
      });
    });
    const body = Buffer.from(JSON.stringify({ action, data: { id: nodeId } }));
    const properties = {
      persistent: true,
      contentType: 'application/json',
      replyTo: name,
      correlationId,
    };
    const message = {
      exchange: this.#entity,
      routingKey: voter,
      mandatory: false,
      properties,
      body,
    };
    await simulation.insist(() => this.#transport.publish(message));
    return answer;
  }

  #take({ properties: { correlationId }, body }: Delivery): void {
    const settle = this.#waiting.get(correlationId ?? '');
    if (settle === undefined) return;
    this.#waiting.delete(correlationId ?? '');
    settle(readAnswer(JSON.parse(Buffer.from(body).toString('utf8')) as Json)?.response);
  }

  /**
   * The part of `no orphan` that the new peers are responsible for: every subscriber has done its part,
   * except for nodes that go under another saga.
   */
  #addTombstone(nodeId: string): void {
    const { tables, chronicle } = this.#run;
    const hangs = [...tables.nodes.values()].find(
      (node) =>
        node.kind === 'entity' &&
        (node.parentId === nodeId || referencedBy(node).includes(nodeId)) &&
        !isGoing(this.#run, node.id),
    );
    if (hangs !== undefined)
      this.#world.fail(
        'no orphan',
        `${hangs.id} depends on ${nodeId}, about which its service has answered ok`,
      );
    const drop = (id: string): void => {
      for (const child of tables.childrenOf(id)) drop(child.id);
      tables.nodes.drop(noUndo, id);
    };
    drop(nodeId);
    chronicle.living.delete(nodeId);
  }
}
