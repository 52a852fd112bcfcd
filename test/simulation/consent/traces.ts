/**
 * Telemetry in a world: some services make spans, and some requests bring the context of a trace.
 *
 * 1. `one trace`: a message goes out under the trace that its commit has given the message, also
 *    when another process publishes it after a crash.
 * 2. `one trace`: a message of a saga that is committed again, as a timer asks for, keeps its trace.
 * 3. `one trace`: what the first turn of an actor sends belongs to the trace of its request. A
 *    malformed context counts as none: the turn begins a trace.
 */
import { verbs } from '../../../actors/consent/verbs.ts';
import { addressId } from '../../../runtime/ports/address.ts';
import type { Headers, MessageProperties } from '../../../runtime/ports/envelope.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import { type Tracer, traceIdIn, traceIdOf } from '../../../runtime/ports/tracing.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { serviceOfProcess } from '../../../testing/simulation/process-layout.ts';
import type { Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentPlan } from './consent-plan.ts';
import { idOnWire } from './id-on-wire.ts';
import { over } from './mutants/port-mutants.ts';
import { idOf as requestId } from './names.ts';
import { addTo } from './saga-story.ts';
import { sentIn } from './sent.ts';

type Traced = ConsentPlan['traces'];

const flags = '01';

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

/** The trace id of a request that brings one. */
function traceOf(name: string): string {
  return requestId(name).replaceAll('-', '');
}

/** The headers of a request. */
export function traceHeaders(plan: Pick<ConsentPlan, 'traces'>, name: string): Headers {
  const given = plan.traces?.requests[name];
  if (given === undefined) return {};
  const isWhole = given === 'present';
  return { traceparent: `00-${traceOf(name)}-${isWhole ? hex(1, 16) : 'x'}-${flags}` };
}

export class Traces {
  readonly #traces: NonNullable<Traced>;
  /** The trace ids of requests, by message id. */
  readonly #requests: ReadonlyMap<string, string>;
  /** The trace ids of committed messages: two actors under one saga may send a message under one id. */
  readonly #committed = new Map<string, Set<string>>();
  /** The first of them in the life of an actor, by actor and message of a saga. */
  readonly #first = new Map<string, Map<string, string>>();
  /** The services that somebody has inquired of. */
  readonly #inquired = new Set<string>();
  readonly #isHandedOver: boolean;
  #spans = 0;
  #seen: string | undefined;

  constructor(traces: NonNullable<Traced>, { handOver }: Pick<ConsentPlan, 'handOver'>) {
    this.#traces = traces;
    this.#isHandedOver = handOver !== undefined;
    this.#requests = new Map(
      Object.entries(traces.requests).flatMap(([name, given]) =>
        given === 'present' ? [[requestId(name), traceOf(name)] as const] : [],
      ),
    );
  }

  readonly tracer = (process: string): Tracer | undefined => {
    if (!this.#isTraced(serviceOfProcess(process))) return undefined;
    return {
      start: ({ parent }) => {
        this.#spans += 1;
        const trace = parent === undefined ? hex(this.#spans, 32) : traceIdOf(parent);
        return {
          context: { traceparent: `00-${trace}-${hex(this.#spans, 16)}-${flags}` },
          set: () => undefined,
          end: () => undefined,
          run: (work) => work(),
        };
      },
    };
  };

  /** The transport of a process, as far as publications are looked at. */
  watched(transport: Transport, who: string): Transport {
    const [process = ''] = who.split('/');
    if (!this.#isTraced(serviceOfProcess(process))) return transport;
    return over(transport, {
      publish: (message) => {
        const { headers } = message.properties;
        const [id, published] = [idOf(message.properties), traceIdIn(headers)];
        const committed = this.#committed.get(id);
        // An ephemeral machine repeats a decision, without a commit, under the trace of the inquiry.
        const isRepeated =
          published !== undefined &&
          isDecision(message.properties.type) &&
          this.#inquired.has(serviceOfProcess(process));
        if (committed !== undefined && !committed.has(String(published)) && !isRepeated)
          this.#seen ??= `${id} is committed under ${[...committed]}, and goes out under ${published}`;
        return transport.publish(message);
      },
    });
  }

  get invariants(): readonly Invariant[] {
    return [
      {
        name: 'one trace',
        committed: (turns, world) => this.#take(turns, world),
        carried: ({ what, who, type }) => {
          const [process = ''] = who.split('/');
          if (what === 'deliver' && isInquiry(type)) this.#inquired.add(serviceOfProcess(process));
          return this.#seen;
        },
      },
    ];
  }

  #isTraced(service: string): boolean {
    return this.#traces.services.includes(service);
  }

  #take(turns: readonly TurnCommit[], world: World): Problem {
    for (const turn of turns) {
      if (!this.#isTraced(turn.address.service)) continue;
      const given = this.#givenTo(turn);
      for (const { properties } of sentIn(turn)) {
        // A request that comes again without a context begins another trace, and so does its answer.
        if (properties.type === 'answer') continue;
        const [id, trace] = [idOf(properties), traceIdIn(properties.headers)];
        if (trace === undefined) return `${id} has no trace`;
        addTo(this.#committed, id, trace);
        const before = this.#firstOf(turn, properties, trace);
        if (before !== trace) return `${id} is under ${trace}, and was under ${before}`;
        if (given === undefined) continue;
        world.note('a message belongs to the trace of its request');
        if (given !== trace) return `${id} is under ${trace}, and its request under ${given}`;
      }
      // The next life of the actor may send the same message, for another reason.
      if (turn.record?.status !== 'active') this.#first.delete(addressId(turn.address));
    }
    return undefined;
  }

  /**
   * The trace under which the actor has sent the message of a saga before. A message that comes to the
   * actor, such as one of an operator, may have the other message sent under its own trace. A message
   * that was handed over stands in no row of the turn.
   */
  #firstOf(turn: TurnCommit, properties: MessageProperties, trace: string): string {
    const { address, inbox, answered } = turn;
    if (this.#isHandedOver || properties.headers?.['consent-saga'] === undefined) return trace;
    const actor = addressId(address);
    const sent = this.#first.get(actor) ?? new Map<string, string>();
    this.#first.set(actor, sent);
    const isAlone = inbox.length + answered.length === 0;
    const first = (isAlone ? sent.get(idOf(properties)) : undefined) ?? trace;
    sent.set(idOf(properties), first);
    return first;
  }

  /** The trace of the request that has begun the actor, in the turn that has begun it alone. */
  #givenTo({ inbox, expectedVersion }: TurnCommit): string | undefined {
    const [only, ...more] = inbox;
    if (only === undefined || more.length > 0 || expectedVersion > 0) return undefined;
    return this.#requests.get(idOnWire(only.messageId));
  }
}

function isDecision(type = ''): boolean {
  return type === verbs.delete.doing || type === verbs.update.doing;
}

function isInquiry(type: string): boolean {
  return type === verbs.delete.is || type === verbs.update.is;
}

/** A message of a service: two services may use one message id. */
function idOf({ appId, messageId }: MessageProperties): string {
  return `${appId} ${messageId}`;
}
