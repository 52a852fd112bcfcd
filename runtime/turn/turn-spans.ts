/**
 * The spans of one turn: one for each input, from its step to the commit. What the step asks for
 * carries the context of the span.
 *
 * Invariants:
 * - One parent: the context in the headers of a message, else that of the row which the input comes
 *   from. An input without either begins a trace.
 * - Committed: `end` is called after the commit. The spans of a turn that is not committed are
 *   dropped, with everything that carries their contexts.
 */
import type { Input } from '../messages/input.ts';
import type { Draft } from '../ports/draft.ts';
import type { Headers } from '../ports/envelope.ts';
import {
  addressAttributes,
  type Span,
  type SpanAttributes,
  type TraceContext,
  type Tracer,
  traceContextIn,
} from '../ports/tracing.ts';
import type { StepEffect } from '../step/step-effect.ts';

/** The part of `$.message` that a span tells. */
interface Carried {
  readonly headers?: Headers;
  readonly identity?: string | null;
  readonly queue?: string;
}

interface Made {
  readonly span: Span;
  error: string | undefined;
}

export class TurnSpans {
  readonly #tracer: Tracer;
  readonly #spans: Made[] = [];

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The context for everything that the step of this input asks for. */
  begin(input: Input): TraceContext {
    const carried = input.kind === 'event' ? carriedBy(input.event.$?.['message']) : undefined;
    const span = this.#tracer.start({
      name: nameOf(input),
      kind: input.kind === 'event' ? 'consumer' : 'internal',
      parent: traceContextIn(carried?.headers) ?? input.trace,
      attributes: attributesOf(input, carried),
    });
    this.#spans.push({ span, error: undefined });
    return span.context;
  }

  /** The newest input is not in the turn. */
  drop(): void {
    this.#spans.pop();
  }

  /** The newest input has failed. */
  fail(error: string): void {
    const last = this.#spans.at(-1);
    if (last !== undefined) last.error = error;
  }

  /** The newest input has led to these effects. A history line names its topic: the id of a saga. */
  tell(effects: readonly StepEffect[]): void {
    for (const effect of effects)
      if (effect.kind === 'record')
        this.#spans.at(-1)?.span.set({ 'unanimous.topic': effect.entry.topic });
  }

  end(): void {
    for (const { span, error } of this.#spans) span.end(error);
  }
}

function nameOf(input: Input): string {
  if (input.kind === 'event') return `process ${input.event.type}`;
  return input.kind === 'timer' ? 'fire timer' : 'take result';
}

function attributesOf(input: Input, carried: Carried | undefined): SpanAttributes {
  const attributes: Draft<Record<string, string>> = addressAttributes(input.address);
  if (input.kind !== 'event') return attributes;
  attributes['messaging.operation.name'] = 'process';
  attributes['messaging.operation.type'] = 'process';
  attributes['unanimous.event'] = input.event.type;
  const { queue, identity } = carried ?? {};
  if (queue !== undefined && queue !== '') attributes['messaging.destination.name'] = queue;
  if (typeof identity === 'string') attributes['messaging.message.id'] = identity;
  return attributes;
}

/** The runtime itself has put the message into the event. */
function carriedBy(message: unknown): Carried | undefined {
  return typeof message === 'object' && message !== null ? message : undefined;
}
