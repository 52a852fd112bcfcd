/**
 * Plays batches of messages to the services, with restarts between messages, and checks after each batch.
 *
 * - At rest: a batch is over when its messages have ended and nothing waits. A system that does not come to rest is
 *   `endless`.
 * - Probed: every actor that a batch names is looked at before and after a restart. No answer is `mute`; another view
 *   than before is `mixed`.
 */
import { topologyOf } from '../../../config/topology.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { Crashes } from './crashes.ts';
import { EdgeProcess, type Replacements } from './edge-process.ts';
import { edgeServices, exchange, queueOf, routingKeyOf, serviceNames } from './edge-services.ts';
import type { EdgeSystem } from './edge-system.ts';
import { Ledger } from './ledger.ts';
import { Probes } from './probes.ts';
import { answersQueue, type Meant, type StrangeMessage } from './strange-message.ts';
import { type Finding, judgedActor, judgedMessages } from './verdict.ts';

/** What happens to the process before a message. */
export type Restart = 'none' | 'in order' | 'abandoned';

export interface PlannedMessage {
  readonly message: StrangeMessage;
  readonly restart: Restart;
}

interface Waits {
  readonly outbox: number;
  readonly activities: number;
  /** Questions without an answer. */
  readonly asks: number;
  readonly queued: number;
}

function nothingWaits({ outbox, activities, asks, queued }: Waits): boolean {
  return outbox + activities + asks + queued === 0;
}

const goneExchange = 'edge_gone';
/** In virtual time the limits cost little, so they are long. */
const limitsMs = { virtual: 120_000, real: 30_000 };
const deadLettersMax = 10_000;
const prunedMax = 10_000;

export class EdgeWorld {
  readonly #system: EdgeSystem;
  readonly #services: readonly ServiceDefinition[];
  readonly #replacements: Replacements;
  readonly #ledger = new Ledger();
  readonly #crashes = new Crashes();
  readonly #transport: Transport;
  readonly #probes: Probes;
  readonly #limitMs: number;
  /** The newest warnings of the processes. */
  readonly #warnings: string[] = [];
  /** Publications that the broker has not confirmed yet. */
  readonly #published: Promise<unknown>[] = [];
  #process: EdgeProcess;
  /** The tags of the batch before. */
  #tagsBefore: readonly string[] = [];

  constructor(system: EdgeSystem, replacements: Replacements = {}) {
    this.#system = system;
    this.#services = edgeServices(system.clock);
    this.#replacements = replacements;
    this.#transport = system.connect('fuzzer');
    this.#probes = new Probes(this.#transport);
    this.#limitMs = system.name === 'memory' ? limitsMs.virtual : limitsMs.real;
    this.#process = this.#newProcess();
  }

  async open(): Promise<void> {
    this.#crashes.listen();
    await this.#finished('the declaration of the topology', this.#transport.open(this.#topology()));
    await this.#finished(
      'the subscription to the answers',
      this.#transport.consume(answersQueue, { prefetch: 0 }, async (delivery) => {
        if (delivery.routingKey.startsWith('p.')) this.#probes.take(delivery);
        else this.#ledger.answered(delivery);
        return 'done';
      }),
    );
    await this.#finished('the start', this.#process.start());
  }

  async close(): Promise<void> {
    await this.#process.abandon();
    await this.#finished('the end of the fuzzer', this.#transport.close()).catch(() => undefined);
    this.#crashes.end();
    await this.#system.close();
  }

  async play(batch: readonly PlannedMessage[]): Promise<readonly Finding[]> {
    const messages = batch.map(({ message }) => message);
    for (const { message, restart } of batch) {
      if (restart !== 'none') await this.#confirmed();
      await this.#restart(restart);
      await this.#publish(message);
    }
    await this.#confirmed();
    const findings = [...(await this.#rest(messages)), ...judgedMessages(messages, this.#ledger)];
    for (const address of this.#ledger.takeTouched()) {
      const record = await this.#system.journal.inspect(address);
      findings.push(...judgedActor(address, record?.family));
    }
    findings.push(...(await this.#looked(messages)));
    const tags = messages.map(({ tag }) => tag);
    for (const problem of this.#crashes.take()) findings.push({ kind: 'crashes', problem, tags });
    // A message may come again in the next batch, and from there in the one after the next.
    this.#ledger.forget(this.#tagsBefore.filter((tag) => !tags.includes(tag)));
    this.#tagsBefore = tags;
    return findings;
  }

  #topology() {
    const topology = topologyOf(this.#services.map(({ config }) => config));
    const queue = {
      name: answersQueue,
      durable: true,
      exclusive: false,
      autoDelete: false,
      declare: true,
      arguments: {},
    };
    const bindings = ['r.#', 'p.#'].map((routingKey) => ({
      exchange,
      queue: answersQueue,
      routingKey,
      arguments: {},
    }));
    return {
      ...topology,
      queues: [...topology.queues, queue],
      bindings: [...topology.bindings, ...bindings],
    };
  }

  #newProcess(): EdgeProcess {
    return new EdgeProcess({
      system: this.#system,
      services: this.#services,
      replacements: this.#replacements,
      log: (level, text, fields) => {
        if (level === 'debug' || level === 'info') return;
        this.#warnings.push(`${text} ${JSON.stringify(fields)}`.slice(0, 300));
        if (this.#warnings.length > 50) this.#warnings.shift();
      },
      committed: (turns) => this.#ledger.committed(turns),
    });
  }

  #finished<T>(what: string, promise: Promise<T>): Promise<T> {
    return this.#system.finished(what, promise, this.#limitMs);
  }

  async #restart(restart: Restart): Promise<void> {
    if (restart === 'none') return;
    if (restart === 'in order') await this.#finished('the stop', this.#process.stop());
    else await this.#process.abandon();
    this.#process = this.#newProcess();
    await this.#finished('the start', this.#process.start());
  }

  async #publish(message: StrangeMessage): Promise<void> {
    const { routingKey, properties, body, table, throughGoneExchange } = message;
    const transport = throughGoneExchange ? await this.#goneTransport() : this.#transport;
    const outgoing = { exchange, routingKey, mandatory: false, properties, body };
    const published = throughGoneExchange
      ? transport.publish({ ...outgoing, exchange: goneExchange })
      : table === undefined
        ? transport.publish(outgoing)
        : this.#system.publishTyped(transport, outgoing, table);
    // A message that AMQP cannot carry never reaches a service.
    this.#published.push(published.catch(() => undefined));
    // A server confirms slowly, and keeps the order of publications without a wait.
    if (this.#system.name === 'memory' || throughGoneExchange) await this.#confirmed();
    if (!throughGoneExchange) return;
    await this.#system.deleteExchange(goneExchange);
    await this.#finished('the end of the operator', transport.close());
  }

  async #confirmed(): Promise<void> {
    await this.#finished('the publication', Promise.all(this.#published.splice(0)));
  }

  async #goneTransport(): Promise<Transport> {
    const transport = this.#system.connect('operator');
    const gone = {
      name: goneExchange,
      type: 'topic' as const,
      durable: false,
      autoDelete: false,
      declare: true,
      arguments: {},
    };
    const binding = {
      exchange: goneExchange,
      queue: queueOf('edge'),
      routingKey: routingKeyOf('edge'),
      arguments: {},
    };
    await this.#finished(
      'the declaration of an exchange',
      transport.open({ exchanges: [gone], queues: [], bindings: [binding] }),
    );
    return transport;
  }

  /** Waits until nothing waits any more and every message has ended. */
  async #rest(messages: readonly StrangeMessage[]): Promise<readonly Finding[]> {
    const isAtRest = async () => {
      if (!this.#process.isIdle || !nothingWaits(await this.#waits())) return false;
      await this.#collectDeadLetters();
      return judgedMessages(messages, this.#ledger).every(({ kind }) => kind !== 'lost');
    };
    if (await this.#system.until(isAtRest, this.#limitMs)) return [];
    await this.#collectDeadLetters();
    const waits = { isIdle: this.#process.isIdle, ...(await this.#waits()) };
    if (waits.isIdle && nothingWaits(waits)) return [];
    const said = this.#warnings.slice(-3).join('\n  ');
    return [{ kind: 'endless', problem: `${JSON.stringify(waits)}\n  ${said}`, tags: [] }];
  }

  /**
   * What waits in the journal and in the queues of the services. Questions that were answered are pruned first, because
   * the journal counts them too.
   */
  async #waits(): Promise<Waits> {
    const { journal } = this.#system;
    const depths = await Promise.all(serviceNames.map((name) => this.#system.depth(queueOf(name))));
    const queued = depths.reduce((sum, depth) => sum + depth);
    await journal.prune('answered', Number.MAX_SAFE_INTEGER, prunedMax);
    const { outbox, activities, asks } = await journal.counts();
    return { outbox, activities, asks, queued };
  }

  async #collectDeadLetters(): Promise<void> {
    const { journal } = this.#system;
    const found = await journal.deadLetters(serviceNames, deadLettersMax);
    if (found.length === 0) return;
    for (const deadLetter of found) this.#ledger.died(deadLetter);
    await journal.dropDeadLetters({ ids: found.map(({ id }) => id) });
  }

  /** Probes the actors that the messages name, before and after a restart. */
  async #looked(messages: readonly StrangeMessage[]): Promise<readonly Finding[]> {
    const named = new Map(
      messages.flatMap(({ meant }) => meant).map((one) => [JSON.stringify(one), one]),
    );
    const actors = [...named.values()];
    const before = await this.#views(actors);
    await this.#restart(messages.length % 2 === 0 ? 'in order' : 'abandoned');
    const after = await this.#views(actors);
    return actors.flatMap((actor, index): Finding[] => {
      const who = `${actor.machine} ${JSON.stringify(actor.key.slice(0, 40))}`;
      const tags = messages
        .filter(({ meant }) => meant.some((one) => JSON.stringify(one) === JSON.stringify(actor)))
        .map(({ tag }) => tag);
      const [live, stored] = [before[index], after[index]];
      if (live === undefined || stored === undefined) {
        const when = live === undefined ? 'does not answer' : 'does not answer after a restart';
        return [{ kind: 'mute', problem: `${who} ${when}`, tags }];
      }
      if (live === stored) return [];
      return [{ kind: 'mixed', problem: `${who} was ${live} and is ${stored}`, tags }];
    });
  }

  async #views(actors: readonly Meant[]): Promise<readonly (string | undefined)[]> {
    const keys = await this.#finished(
      'the publication of the probes',
      Promise.all(actors.map((actor) => this.#probes.send(actor))),
    );
    const isAnswered = async () => keys.every((key) => this.#probes.isAnswered(key));
    await this.#system.until(isAnswered, this.#limitMs);
    return keys.map((key) => this.#probes.takeAnswer(key));
  }
}
