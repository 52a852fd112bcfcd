/**
 * One turn: what waits for an actor, stepped one after the other, becomes one `TurnCommit`. Reads are the only thing awaited; a turn without
 * any is computed at once.
 *
 * 1. A message the inbox has seen is not stepped again; when its answer is recorded, the answer is given again.
 * 2. A step that throws leaves the actor as it was; its message (or timer, or result) is dead, the others of the turn go on.
 * 3. Nothing here is visible before the commit; a turn can be computed again from the same inputs.
 * 4. A read does not see what earlier messages of the same turn have asked to be written. So the turn ends before a message whose step
 *    reads a store they write to; that message and those after it are the next turn's. It also ends before a message that starts
 *    an actor again which has ended in it.
 */
import type { AnyEventObject } from 'xstate';
import { encodeBody } from '../messages/codec.ts';
import type { EventInput, Input } from '../messages/input.ts';
import type { ServiceDefinition, ServiceMachine } from '../messages/service-definition.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import { Broken, errorBody, Refused, Transient, UnanimousError } from '../ports/errors.ts';
import type { Loaded } from '../ports/journal.ts';
import type { TurnCommit } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';
import { type Family, memberAt } from '../step/family.ts';
import { storeFamily } from '../step/family-record.ts';
import {
  handles,
  nearestTaker,
  startFamily,
  stepActivity,
  stepFamily,
  stepTimer,
} from '../step/machine-step.ts';
import { tokenPath } from '../step/path.ts';
import type { Stamp, StepEffect, StepResult } from '../step/step-effect.ts';
import type { UnreadRecord } from '../step/stored-family.ts';
import { TurnDraft, type TurnPorts } from './turn-draft.ts';

/** Reads that may follow each other in one step before the machine is taken for broken. */
const readsMax = 32;

export interface TurnRequest {
  readonly address: ActorAddress;
  readonly service: ServiceDefinition;
  readonly machine: ServiceMachine;
  readonly family: Family | undefined;
  /** What is stored where no family could be made of it: it stays as it is. */
  readonly unread: UnreadRecord | undefined;
  readonly loaded: Pick<Loaded, 'version' | 'seen'>;
  readonly inputs: readonly Input[];
  /** Questions that are open no more: their answers change nothing. */
  readonly closedAsks: ReadonlySet<string>;
  /** Set when the commit of exactly this one input was refused by a write: the machine gets the error instead. */
  readonly writeError: UnanimousError | undefined;
}

export interface Turn {
  readonly commit: TurnCommit;
  readonly family: Family | undefined;
  /** How many of the inputs, from the first, are in the commit. */
  readonly handled: number;
  /** A message has failed and is not noted in the inbox, so that no commit would find out that it was handled before. */
  readonly unnoted: boolean;
}

/** The turn ends here: what comes next must see what is written so far. */
class EndOfTurn extends Error {}

/** At once, unless something has to be read. */
type Eventually<T> = T | Promise<T>;

function whenKnown<T, Next>(
  value: Eventually<T>,
  next: (known: T) => Eventually<Next>,
): Eventually<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

type StepOutcome = { readonly family: Family; readonly effects: readonly StepEffect[] };

/** Collects one turn. */
class TurnWork {
  readonly #request: TurnRequest;
  readonly #ports: TurnPorts;
  readonly #draft: TurnDraft;
  #family: Family | undefined;
  #handled = 0;
  #unnoted = false;

  constructor(request: TurnRequest, ports: TurnPorts) {
    this.#request = request;
    this.#ports = ports;
    this.#family = request.family;
    this.#draft = new TurnDraft(request, ports);
  }

  /** False when the turn ended before this input. */
  take(input: Input): Eventually<boolean> {
    if (input.kind === 'event' && (this.#closed(input) || this.#draft.repeated(input)))
      return this.#took();
    try {
      const outcome = this.#step(input);
      if (!(outcome instanceof Promise)) return this.#stepped(input, outcome);
      return outcome.then(
        (stepped) => this.#stepped(input, stepped),
        (error: unknown) => this.#failed(input, error),
      );
    } catch (error) {
      return this.#failed(input, error);
    }
  }

  #stepped(input: Input, outcome: StepOutcome | undefined): boolean {
    try {
      if (outcome !== undefined) this.#accept(outcome, input);
    } catch (error) {
      return this.#failed(input, error);
    }
    return this.#end(input);
  }

  #failed(input: Input, error: unknown): boolean {
    if (error instanceof Transient) throw error;
    if (error instanceof EndOfTurn) return this.#leave(input);
    this.#fail(input, error);
    return this.#end(input);
  }

  #end(input: Input): true {
    switch (input.kind) {
      case 'event':
        if (input.asked !== undefined) this.#draft.answered(input.asked);
        break;
      case 'timer':
        this.#draft.endTimer(input.token);
        break;
      case 'activity':
        this.#draft.endActivity(input.token);
        break;
      default:
        input satisfies never;
    }
    return this.#took();
  }

  #took(): true {
    this.#handled += 1;
    return true;
  }

  #leave(input: Input): false {
    if (input.kind === 'event' && input.identity !== undefined) this.#draft.leave(input.identity);
    return false;
  }

  turn(): Turn {
    return {
      commit: this.#draft.commit(this.#record()),
      family: this.#family,
      handled: this.#handled,
      unnoted: this.#unnoted,
    };
  }

  #record(): TurnCommit['record'] {
    if (this.#family === undefined) return this.#request.unread?.record ?? null;
    const { status } = this.#family.root.snapshot;
    if (this.#request.machine.ephemeral && status !== 'active') return null;
    return {
      machineVersion: this.#family.root.definition.version,
      status: status === 'stopped' ? 'done' : status,
      family: storeFamily(this.#family),
    };
  }

  #closed({ asked }: EventInput): boolean {
    return asked !== undefined && this.#request.closedAsks.has(asked);
  }

  #stamp(): Stamp {
    return { atMs: this.#ports.now(), newId: this.#ports.nextId() };
  }

  #step(input: Input): Eventually<StepOutcome | undefined> {
    const family = this.#family;
    if (this.#request.unread?.error !== undefined && family === undefined)
      throw this.#request.unread.error;
    if (this.#request.writeError !== undefined)
      return this.#stepWriteError(input, this.#request.writeError);
    switch (input.kind) {
      case 'event':
        return this.#stepEvent(input);
      case 'timer':
        return family && this.#following(stepTimer(family, input.token, this.#stamp()));
      case 'activity':
        return (
          family && this.#following(stepActivity(family, input.token, input.outcome, this.#stamp()))
        );
      default:
        return input satisfies never;
    }
  }

  #stepEvent(input: EventInput): Eventually<StepOutcome | undefined> {
    return whenKnown(this.#following(this.#started(input)), (started) => {
      if (started === undefined) return undefined;
      return whenKnown(this.#completed(input), (event) => this.#stepStarted(input, started, event));
    });
  }

  #stepStarted(
    input: EventInput,
    started: StepOutcome,
    event: AnyEventObject,
  ): Eventually<StepOutcome | undefined> {
    const member = memberAt(started.family.root, input.path);
    if (member === undefined || member.snapshot.status !== 'active') return this.#absent(input);
    if (!handles(member, event.type))
      return this.#unhandled(
        input,
        event,
        `${member.definition.name} in ${JSON.stringify(member.snapshot.value)}`,
      );
    const stepped = stepFamily(started.family, input.path, event, this.#stamp());
    return whenKnown(this.#following(stepped), (outcome) => outcome && after(started, outcome));
  }

  /** The step is undone; instead, the nearest machine from the one it was for up to the root that wants to know is told why. */
  #stepWriteError(input: Input, error: UnanimousError): Eventually<StepOutcome | undefined> {
    const started =
      input.kind === 'event'
        ? this.#started(input)
        : this.#family && { family: this.#family, effects: [] };
    return whenKnown(this.#following(started), (known) =>
      this.#stepStartedWriteError(input, known, error),
    );
  }

  #stepStartedWriteError(
    input: Input,
    started: StepOutcome | undefined,
    error: UnanimousError,
  ): Eventually<StepOutcome | undefined> {
    if (started === undefined) throw error;
    const from = input.kind === 'event' ? input.path : tokenPath(input.token);
    return whenKnown(
      input.kind === 'event' ? this.#completed(input) : { type: input.kind },
      (cause) => {
        const event = { type: 'error.write', error: errorBody(error), cause };
        const path = nearestTaker(started.family, from, event);
        if (path === undefined) throw error;
        return whenKnown(
          this.#following(stepFamily(started.family, path, event, this.#stamp())),
          (outcome) => outcome && after(started, outcome),
        );
      },
    );
  }

  /** The family an event is for: the one that lives, or a new one; an actor that has ended may be started again. */
  #started(input: EventInput): StepOutcome | undefined {
    const { address, machine } = this.#request;
    const living = this.#family?.root.snapshot.status === 'active' ? this.#family : undefined;
    if (living !== undefined) return { family: living, effects: [] };
    if (!input.starts) return this.#absent(input);
    if (this.#family !== undefined && this.#mayWaitForAnswers()) throw new EndOfTurn();
    return startFamily(
      machine,
      { key: address.key, service: address.service },
      this.#stamp(),
      this.#family?.tokens ?? this.#request.unread?.tokens,
    );
  }

  /** The life that has ended in this turn; its questions go when its end is committed, so that the next one does not get the answers. */
  #mayWaitForAnswers(): boolean {
    return this.#draft.asks || this.#request.family?.root.snapshot.status === 'active';
  }

  /** There is no such actor, or it has ended. */
  #absent(input: EventInput): undefined {
    if (input.ignoreIfAbsent) return undefined;
    const { key, machine } = this.#request.address;
    throw new Refused(
      'not-found',
      `there is no ${machine} '${key}' that could take '${input.event.type}'`,
    );
  }

  #unhandled(input: EventInput, event: AnyEventObject, where: string): undefined {
    if (input.answer === true) return undefined;
    throw new Broken('unknown-action', `no state of ${where} takes '${event.type}'`);
  }

  #completed(input: EventInput): Eventually<AnyEventObject> {
    if (input.read === undefined) return input.event;
    return this.#read(input.read).then((read) => ({
      ...input.event,
      $: { ...input.event.$, read },
    }));
  }

  /** Performs what the step wants read, and steps again with the result, until nothing more is wanted. */
  #following(result: StepResult | undefined): Eventually<StepOutcome | undefined> {
    return result?.effects.some(({ kind }) => kind === 'read') ? this.#reading(result) : result;
  }

  async #reading(result: StepResult): Promise<StepOutcome> {
    let { family } = result;
    const effects: StepEffect[] = [];
    const open = [...result.effects];
    let reads = 0;
    for (let effect = open.shift(); effect !== undefined; effect = open.shift()) {
      if (effect.kind !== 'read') {
        effects.push(effect);
        continue;
      }
      reads += 1;
      if (reads > readsMax) throw new Broken('broken', `more than ${readsMax} reads in one step`);
      const event = {
        type: effect.request.event,
        $: { read: await this.#read(effect.request) },
      };
      const next = stepFamily(family, effect.path, event, this.#stamp());
      family = next.family;
      open.push(...next.effects);
    }
    return { family, effects };
  }

  async #read({ store, op, args }: Read): Promise<Json> {
    if (this.#draft.writesTo(store)) throw new EndOfTurn();
    const found = this.#request.service.stores.get(store);
    if (found === undefined)
      throw new Broken(
        'broken',
        `the service '${this.#request.service.name}' has no store '${store}'`,
      );
    try {
      return await found.read(op, args);
    } catch (error) {
      if (error instanceof UnanimousError) throw error;
      throw new Transient('broken', `reading '${op}' of '${store}' failed: ${String(error)}`, {
        cause: error,
      });
    }
  }

  /** A refusal that is answered stands; a message that is dead may come again, and be handled by better code. */
  #fail(input: Input, error: unknown): void {
    if (!(error instanceof Refused))
      this.#ports.log('error', 'a step failed', {
        actor: addressId(input.address),
        error: String(error),
      });
    if (input.kind !== 'event') {
      this.#draft.addDeadLetter(this.#unhandledInput(input), error);
      return;
    }
    const answered = error instanceof Refused && input.replyTo !== undefined;
    if (!answered && input.identity !== undefined) {
      this.#draft.leave(input.identity);
      this.#unnoted = true;
    }
    const body = errorBody(error);
    const answer = input.refusal?.(body) ?? ({ error: body } as unknown as Json);
    if (input.replyTo !== undefined)
      this.#draft.reply({ to: input.replyTo, body: answer, recorded: error instanceof Refused });
    if (input.unhandled !== undefined && !answered)
      this.#draft.addDeadLetter(input.unhandled(), error);
  }

  /** What stands in the dead letters for a timer or a result of an activity. */
  #unhandledInput(input: Exclude<Input, EventInput>): UnhandledMessage {
    const { settle: _settle, ...content } = input;
    const properties = {
      type: input.kind,
      messageId: `${addressId(input.address)}/${input.token}`,
      persistent: true,
    };
    const body = Buffer.from(encodeBody(content as unknown as Json)).toString('base64');
    return {
      service: input.address.service,
      kind: input.kind,
      queue: '',
      exchange: '',
      routingKey: '',
      properties,
      body,
    };
  }

  #accept({ family, effects }: StepOutcome, input: Input): void {
    this.#draft.take(effects, family.root.definition.version);
    this.#family = family;
    for (const effect of effects)
      if (effect.kind === 'failure')
        this.#expose(input, `the child ${effect.machine} has failed`, effect.error);
    const { status, error } = family.root.snapshot;
    if (status === 'error') this.#expose(input, 'an actor has failed', error);
  }

  /** The message was handled and stays handled; that a machine failed over it must be found by whoever can mend it. */
  #expose(input: Input, what: string, error: unknown): void {
    this.#ports.log('error', what, {
      actor: addressId(this.#request.address),
      error: errorText(error),
    });
    const message = input.kind === 'event' ? input.unhandled?.() : this.#unhandledInput(input);
    if (message !== undefined)
      this.#draft.addDeadLetter(message, error, `${what}: ${errorText(error)}`);
  }
}

function after(first: StepOutcome, then: StepOutcome): StepOutcome {
  return first.effects.length === 0
    ? then
    : { family: then.family, effects: [...first.effects, ...then.effects] };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : (JSON.stringify(error) ?? String(error));
}

/** Steps what waits, at least the first input. Throws and rejects only with `Transient`: the turn is then done again later. */
export function computeTurn(request: TurnRequest, ports: TurnPorts): Eventually<Turn> {
  const work = new TurnWork(request, ports);
  return whenKnown(takeAll(work, request.inputs, 0), () => work.turn());
}

function takeAll(work: TurnWork, inputs: readonly Input[], from: number): Eventually<void> {
  for (let index = from; index < inputs.length; index += 1) {
    const taken = work.take(inputs[index] as Input);
    if (taken instanceof Promise)
      return taken.then((goesOn) => (goesOn ? takeAll(work, inputs, index + 1) : undefined));
    if (!taken) return;
  }
}
