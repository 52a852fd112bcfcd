/**
 * Somebody who reads every message between the services, and sends forged messages under a user of
 * the broker that is no service's: copies at once and late, answers in the name of a voter,
 * decisions before they are made, ends of retentions, messages of operators and clients. The ids are
 * true ones.
 *
 * 1. The forger stops before the faults end, so that a world at rest is a world without forgeries.
 */

import { isJsonObject } from '../../../config/json.ts';
import type { Chance } from '../../../runtime/ports/chance.ts';
import type {
  Delivery,
  MessageProperties,
  OutgoingMessage,
} from '../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';
import { ownedKinds, placeOf, serviceOf } from './entities.ts';

/** The forger's user, connection, queue and routing key. */
export const forgerName = 'forger';

type Kinds = Extract<ConsentOperation, { readonly what: 'forge' }>['kinds'];
type Forgery = (seen: Delivery, body: JsonObject) => Partial<OutgoingMessage> | undefined;

const choicesStream = 2;
const share = 0.5;
const forgeriesMax = 80;
const lateMaxMs = 20_000;

const verdicts: Readonly<Record<string, readonly string[]>> = {
  mayDelete: ['deleting', 'notDeleted'],
  mayUpdate: ['updating', 'notUpdated'],
};
/** A false ok is worth more than anything else. */
const okShare = 0.7;
const okBody: Json = { response: 'ok' };
const bodies: readonly Json[] = [
  { response: 'no', message: 'forged' },
  { response: 'wait' },
  { error: { code: 500, message: 'forged' } },
];

function bytes(body: Json): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}

export class Forger {
  /** Ids of forged messages, as they are on the wire. */
  readonly ids = new Set<string>();
  readonly #plan: ConsentPlan;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #transport: Transport;
  /** Under the user of the client, without the key of the callers. */
  readonly #imitator: Transport;
  /** Ids of messages whose caller is not proved; undefined where callers are not signed. */
  readonly #wrong: Set<string> | undefined;
  #kinds: Kinds | undefined;
  #count = 0;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(plan: ConsentPlan, world: World, wrong: Set<string> | undefined) {
    this.#plan = plan;
    this.#wrong = wrong;
    this.#world = world;
    this.#chance = seededChance(plan.seed, choicesStream);
    this.#transport = world.simulation.transport(forgerName);
    this.#imitator = world.simulation.broker.transport('imitator', { user: 'client' });
  }

  async open(): Promise<void> {
    const lasting = { durable: true, autoDelete: false, declare: true, arguments: {} };
    const bindings = this.#places().map((place) => ({
      ...place,
      queue: forgerName,
      arguments: {},
    }));
    const exchanges = [...new Set(bindings.map(({ exchange }) => exchange))];
    await this.#transport.open({
      exchanges: exchanges.map((name) => ({ name, type: 'direct', ...lasting })),
      queues: [{ name: forgerName, exclusive: false, ...lasting }],
      bindings,
    });
    if (this.#wrong !== undefined)
      await this.#imitator.open({ exchanges: [], queues: [], bindings: [] });
    await this.#transport.consume(forgerName, { prefetch: 0 }, async (delivery) => {
      this.#take(delivery);
      return 'done';
    });
  }

  /** Forges messages for this long; resolves when the last one is sent. */
  async forge(kinds: Kinds, forMs: number): Promise<void> {
    this.#kinds = kinds;
    await this.#world.waits(forMs);
    this.#kinds = undefined;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Every place at which services and old peers get messages. */
  #places(): readonly { readonly exchange: string; readonly routingKey: string }[] {
    const { services, peers, trust } = this.#plan;
    const owners = ownedKinds.filter((kind) => services.includes(serviceOf(kind)));
    const names = [...services, ...peers.map(({ name }) => name), forgerName];
    const replies = services.map((name) => `${name}_reply`);
    const keysOf = (owner: string) => [`${owner}_consume`, `${owner}_publish`, ...names];
    return [
      ...owners.flatMap((exchange) =>
        keysOf(serviceOf(exchange)).map((routingKey) => ({ exchange, routingKey })),
      ),
      ...(trust === undefined ? [] : replies).map((name) => ({ exchange: name, routingKey: name })),
    ];
  }

  #take(seen: Delivery): void {
    const kinds = this.#kinds;
    if (kinds === undefined || seen.properties.userId === forgerName) return;
    if (this.#count >= forgeriesMax || this.#chance() >= share) return;
    const body = objectIn(seen);
    const possible = forgeriesOf[kinds].flatMap((kind) => {
      const message = this.#forgeries[kind](seen, body);
      return message === undefined ? [] : [{ name: kind, forged: message }];
    });
    // A question is the best occasion: whatever counts first is the vote.
    const first = possible.filter(({ name }) => best.has(name));
    const drawn = oneOf(this.#chance, first.length > 0 ? first : possible);
    if (drawn === undefined) return;
    const { name, forged } = drawn;
    this.#count += 1;
    const late = lateOnes.has(name) ? between(this.#chance, 1, lateMaxMs) : 0;
    const transport = name === 'imitation' ? this.#imitator : this.#transport;
    const sent = this.#send(transport, seen, forged, late).then(() =>
      this.#world.note(`forged: ${name}`),
    );
    this.#underWay.add(sent);
    void sent.finally(() => this.#underWay.delete(sent));
  }

  async #send(
    transport: Transport,
    seen: Delivery,
    forged: Partial<OutgoingMessage>,
    lateMs: number,
  ): Promise<void> {
    const { exchange, routingKey, properties, body } = seen;
    const message = { exchange, routingKey, mandatory: false, properties, body, ...forged };
    const { userId: _user, ...own } = message.properties;
    if (own.messageId !== undefined) this.ids.add(own.messageId);
    if (lateMs > 0) await this.#world.waits(lateMs);
    await this.#world.simulation.insist(() => transport.publish({ ...message, properties: own }));
  }

  readonly #forgeries: Readonly<Record<ForgeryName, Forgery>> = {
    copy: () => ({}),
    'late copy': () => ({}),
    answer: (seen) => this.#answer(seen),
    verdict: ({ properties }, { data = {} }) => {
      const action = oneOf(this.#chance, verdicts[properties.type ?? ''] ?? []);
      return action === undefined ? undefined : acting(properties, action, data);
    },
    leaving: ({ properties }, { data = {} }) =>
      properties.type === 'subscribe' ? acting(properties, 'unsubscribe', data) : undefined,
    override: ({ properties }) => this.#override(properties),
    deletion: ({ properties }, { data }) => {
      const { id } = (data ?? {}) as JsonObject;
      return id === undefined ? undefined : acting(properties, 'delete', { id });
    },
    // The signature of a caller covers the id of the message, so a signature on another id proves nothing.
    imitation: ({ properties }) => {
      if (this.#wrong === undefined || properties.headers?.['caller-signature'] === undefined)
        return undefined;
      const messageId = this.#world.simulation.ids.next();
      this.#wrong.add(messageId);
      const asking = { replyTo: forgerName, correlationId: 'forged' };
      return { properties: { ...properties, ...asking, messageId } };
    },
    // Under the saga that has made the decision, so its owner confirms the decision.
    'early end': ({ properties }, { data }) => {
      if (properties.type !== 'deleting' || !isJsonObject(data)) return undefined;
      const asking = { ...properties, replyTo: forgerName, correlationId: 'forged' };
      const messageId = this.#world.simulation.ids.next();
      return acting({ ...asking, messageId }, 'deleting', { ...data, retention_ended: true });
    },
    'decision alone': ({ properties }, { data = {} }) => {
      const action = verdicts[properties.type ?? '']?.[0];
      const headers = { ...properties.headers, 'consent-saga': this.#world.simulation.ids.next() };
      const asking = { ...properties, headers, replyTo: forgerName, correlationId: 'forged' };
      return action === undefined ? undefined : acting(asking, action, data);
    },
  };

  /** An answer to a question, in the name of the service that is asked, in place of its own. */
  #answer({ exchange, routingKey, properties }: Delivery): Partial<OutgoingMessage> | undefined {
    const { replyTo, correlationId, messageId, appId = '', headers } = properties;
    // A client does not check who answers (docs/trust.md).
    if (replyTo === undefined || correlationId === undefined) return undefined;
    if (!this.#plan.services.includes(appId)) return undefined;
    const isOwner = routingKey.endsWith('_consume');
    const asked = isOwner ? routingKey.slice(0, -'_consume'.length) : routingKey;
    const answering = { type: 'answer', appId: asked, correlationId, persistent: true };
    const id = { messageId: `${messageId}@${appId}/answer`, contentType: 'application/json' };
    return {
      exchange: String(headers?.['reply-exchange'] ?? exchange),
      routingKey: replyTo,
      properties: { ...answering, ...id },
      body: bytes(this.#chance() < okShare ? okBody : (oneOf(this.#chance, bodies) ?? null)),
    };
  }

  #override({ headers, messageId }: MessageProperties): Partial<OutgoingMessage> | undefined {
    const owners = ownedKinds.filter((kind) => this.#plan.services.includes(serviceOf(kind)));
    const owner = oneOf(this.#chance, owners);
    const peers = this.#plan.peers.map(({ name }) => name);
    const other = oneOf(this.#chance, peers) ?? oneOf(this.#chance, this.#plan.services);
    const action = oneOf(this.#chance, ['cancel', 'release', 'skip', 'retire', 'retire']);
    if (owner === undefined || other === undefined || action === undefined) return undefined;
    const said = { by: forgerName, why: 'forged' };
    const saga = String(headers?.['consent-saga'] ?? messageId);
    const about =
      action === 'retire'
        ? { service: other }
        : action === 'skip'
          ? { saga, voter: other }
          : { saga };
    const properties = { persistent: true, contentType: 'application/json' };
    const body = bytes({ action, data: { ...about, ...said } });
    return { ...placeOf(owner), properties, body };
  }
}

const all = [
  'copy',
  'late copy',
  'answer',
  'verdict',
  'leaving',
  'override',
  'deletion',
  'imitation',
] as const;
type ForgeryName = (typeof all)[number] | 'decision alone' | 'early end';
const forgeriesOf: Readonly<Record<Kinds, readonly ForgeryName[]>> = {
  all,
  decisions: ['decision alone'],
  ends: ['early end'],
};
/** The forgeries that are drawn before others. A subscription is also a question. */
const best: ReadonlySet<ForgeryName> = new Set(['answer', 'verdict', 'leaving']);
export const forgeries: readonly ForgeryName[] = [...all, 'decision alone', 'early end'];
/** The forgeries that are sent later than the message that they follow. */
const lateOnes: ReadonlySet<ForgeryName> = new Set(['late copy', 'early end']);

/** The body; empty for a body that is no JSON object. */
function objectIn({ body }: Delivery): JsonObject {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** The message with another action, and the id that the true sender would give that message. */
function acting(
  { messageId = '', ...properties }: MessageProperties,
  action: string,
  data: Json,
): Partial<OutgoingMessage> {
  const id = messageId.replace(properties.type ?? '', action);
  return {
    properties: { ...properties, messageId: id, type: action },
    body: bytes({ action, data }),
  };
}
