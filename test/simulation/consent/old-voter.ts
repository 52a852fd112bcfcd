/**
 * A voter that knows only the seed's `mayDelete`, `deleting` and `deleted`. The voter subscribes
 * one-way, answers on its entity's exchange, and ignores our headers.
 *
 * 1. A repeated question gets the same answer.
 * 2. The voter always carries out `deleting`, after the planned number of errors.
 * 3. The voter ignores a broadcast question about a node without its subscription.
 * 4. A wavering voter says ok right after a no.
 */
import { readAnswer } from '../../../actors/consent/answers.ts';
import type { Delivery, OutgoingMessage } from '../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Acknowledgement, Transport } from '../../../runtime/ports/transport.ts';
import type { Simulation } from '../../../testing/simulation/simulation.ts';
import type { Opinion, PlannedPeer } from './consent-plan.ts';
import { placeOf, serviceOf } from './entities.ts';
import { idOf } from './names.ts';

export class OldVoter {
  readonly name: string;
  /** Number of clean-ups by node. */
  readonly done = new Set<string>();
  /** Confirmed subscriptions that the voter has not ended, by node. */
  readonly subscribed: Set<string>;
  /** All nodes that the voter ever subscribed to. */
  readonly #known: Set<string>;
  #opinion: Opinion;
  readonly #plan: PlannedPeer;
  readonly #simulation: Simulation;
  readonly #transport: Transport;
  readonly #answers = new Map<string, Json>();
  /** The latest pending work of each node's subscription. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #failsLeft: number;

  constructor(plan: PlannedPeer, simulation: Simulation) {
    this.#plan = plan;
    this.#simulation = simulation;
    this.#transport = simulation.transport(plan.name);
    this.name = plan.name;
    this.#opinion = plan.opinion;
    this.subscribed = new Set(plan.nodes.map(idOf));
    this.#known = new Set(this.subscribed);
    this.#failsLeft = plan.fails;
  }

  async open(): Promise<void> {
    const { entity, name } = this.#plan;
    const lasting = { durable: true, autoDelete: false, declare: true, arguments: {} };
    const keys = [name, `${serviceOf(entity)}_publish`];
    await this.#transport.open({
      exchanges: [{ name: entity, type: 'direct', ...lasting }],
      queues: [{ name, exclusive: false, ...lasting, arguments: { 'x-queue-type': 'quorum' } }],
      bindings: keys.map((routingKey) => ({
        exchange: entity,
        queue: name,
        routingKey,
        arguments: {},
      })),
    });
    await this.#transport.consume(name, { prefetch: 0 }, (delivery) => this.#take(delivery));
  }

  /** Subscribes to a node; resolves when the broker has confirmed the message. */
  subscribe(nodeId: string): Promise<void> {
    const { directed, name, entity } = this.#plan;
    const data = directed
      ? { routing_key: name, id: [nodeId] }
      : { service: name, subscribe_to_id: [nodeId] };
    return this.#inTurn(nodeId, async () => {
      await this.#publish({ ...placeOf(entity), body: { action: 'subscribe', data } });
      this.subscribed.add(nodeId);
      this.#known.add(nodeId);
    });
  }

  /** Ends a subscription by `ask`, which resolves at the end of the message. */
  unsubscribe(nodeId: string, ask: () => Promise<void>): Promise<void> {
    return this.#inTurn(nodeId, () => {
      this.subscribed.delete(nodeId);
      return ask();
    });
  }

  /**
   * Runs one after another, because the order of a concurrent subscribe and unsubscribe is open.
   */
  #inTurn(nodeId: string, act: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(nodeId) ?? Promise.resolve()).then(act);
    this.#turns.set(nodeId, turn);
    return turn;
  }

  thinks(opinion: Opinion): void {
    this.#opinion = opinion;
  }

  /** Whether the voter has answered `ok` (or `no`) to the question about the node. */
  said(saga: string, nodeId: string, action: string): 'ok' | 'no' | 'wait' | undefined {
    const answer = this.#answers.get(`${saga} ${nodeId} ${action}`);
    return answer === undefined ? undefined : readAnswer(answer)?.response;
  }

  /** Whether the voter has answered `ok` to a decision about the node. */
  carriedOut(saga: string, nodeId: string): boolean {
    return ['deleting', 'updating'].some((action) => this.said(saga, nodeId, action) === 'ok');
  }

  async #take(delivery: Delivery): Promise<Acknowledgement> {
    const body = JSON.parse(Buffer.from(delivery.body).toString('utf8')) as JsonObject;
    const { action, data } = body;
    const nodeId = (data as JsonObject | undefined)?.['id'];
    if (typeof action !== 'string' || typeof nodeId !== 'string' || !this.#known.has(nodeId))
      return 'done';
    const answer = this.#answer(sagaOf(delivery), nodeId, action);
    if (answer !== undefined) await this.#reply(delivery, answer);
    if (
      this.#plan.wavers &&
      action.startsWith('may') &&
      answer !== undefined &&
      readAnswer(answer)?.response === 'no'
    )
      await this.#reply(delivery, { response: 'ok', service: this.name });
    return 'done';
  }

  #answer(saga: string, nodeId: string, action: string): Json | undefined {
    const key = `${saga} ${nodeId} ${action}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = action.startsWith('may')
      ? this.#vote()
      : isDoing(action)
        ? this.#clean(nodeId)
        : undefined;
    if (answer !== undefined && !(isDoing(action) && readAnswer(answer)?.response !== 'ok'))
      this.#answers.set(key, answer);
    return answer;
  }

  #vote(): Json | undefined {
    if (this.#opinion === 'mute') return undefined;
    if (this.#opinion === 'ok') return { response: 'ok', service: this.name };
    return { response: 'no', message: 'not now', service: this.name };
  }

  #clean(nodeId: string): Json {
    if (this.#failsLeft > 0) {
      this.#failsLeft -= 1;
      return { error: { code: 500, message: 'it did not work' }, service: this.name };
    }
    this.done.add(nodeId);
    return { response: 'ok', service: this.name };
  }

  async #reply({ exchange, properties }: Delivery, body: Json): Promise<void> {
    const { replyTo, correlationId } = properties;
    if (replyTo !== undefined)
      await this.#publish({
        exchange,
        routingKey: replyTo,
        body,
        ...(correlationId === undefined ? {} : { correlationId }),
      });
  }

  #publish({
    body,
    correlationId,
    ...to
  }: {
    exchange: string;
    routingKey: string;
    body: Json;
    correlationId?: string;
  }): Promise<unknown> {
    const properties = {
      persistent: true,
      contentType: 'application/json',
      ...(correlationId === undefined ? {} : { correlationId }),
    };
    const message: OutgoingMessage = {
      ...to,
      mandatory: false,
      properties,
      body: Buffer.from(JSON.stringify(body)),
    };
    return this.#simulation.insist(() => this.#transport.publish(message));
  }
}

function isDoing(action: string): boolean {
  return action === 'deleting' || action === 'updating';
}

/** The saga of a question, for the checks: an old voter's answers do not tell sagas apart. */
function sagaOf({ properties }: Delivery): string {
  const saga = properties.headers?.['consent-saga'];
  return typeof saga === 'string' ? saga : '';
}
