/**
 * From the actions of XState to effects, timers, activities and children: the results of one
 * transition of one machine. No other file gives the actions of XState a meaning.
 *
 * Invariants:
 * - Interpreted or refused: a refusal names the state and the reason. The actions in a machine were
 *   checked at its definition; the actions that `enqueueActions` yields are checked here.
 * - Order of XState: a machine first runs its own actions, then changes its children and timers, in
 *   the order of its actions.
 * - One of an id: a timer has a send id, an activity has the id of a child. A second timer or
 *   activity of the same id ends the first.
 */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import type { Draft } from '../ports/draft.ts';
import { Broken } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import { thrownAsJson } from '../ports/thrown.ts';
import type { CollectedAction } from './collected-action.ts';
import type { Deferred } from './deferred.ts';
import { effectResolver, functionAfterCommit } from './effects.ts';
import { type Member, type PendingTimer, recipientLabel } from './family.ts';
import { InertParent, InertReference, InertSelf } from './inert-reference.ts';
import { copyOf } from './json-copy.ts';
import { jsonValue } from './json-value.ts';
import type { MachineDefinition } from './machine-definition.ts';
import { childIdProblem, namelessId, type Path, parentId, tokenOf } from './path.ts';
import { type EarlySends, StartedChildren, settleReferences } from './started-children.ts';
import type { StepDraft } from './step-effect.ts';

/** A member after a transition, and the changes that are still to be done. */
export interface Interpreted {
  readonly member: Member;
  readonly deferred: readonly Deferred[];
}

type RaiseParams = {
  readonly event: PendingTimer['event'];
  readonly id?: string;
  readonly delay?: unknown;
};
type SendParams = RaiseParams & { readonly to: unknown };
interface SpawnParams {
  readonly id?: string;
  readonly src: unknown;
  readonly systemId?: string;
  readonly input?: unknown;
  readonly actorRef?: { readonly id: string };
}

/** Interprets the actions of a transition. Effects and tokens go to the step's draft. */
export function interpret(
  path: Path,
  before: Member,
  snapshot: AnyMachineSnapshot,
  actions: readonly CollectedAction[],
  draft: StepDraft,
): Interpreted {
  const interpretation = new Interpretation(path, before, snapshot, actions, draft);
  for (const action of actions) interpretation.take(action);
  return interpretation.end();
}

class Interpretation {
  readonly #path: Path;
  readonly #definition: MachineDefinition;
  readonly #snapshot: AnyMachineSnapshot;
  readonly #actions: readonly CollectedAction[];
  readonly #contextBefore: unknown;
  readonly #childrenBefore: unknown;
  readonly #children: Member['children'];
  readonly #draft: StepDraft;
  #timers: Member['timers'];
  #activities: Member['activities'];
  #asker: number | undefined;
  #deferred: Deferred[] = [];
  #started: StartedChildren | undefined;

  constructor(
    path: Path,
    before: Member,
    snapshot: AnyMachineSnapshot,
    actions: readonly CollectedAction[],
    draft: StepDraft,
  ) {
    const { definition, timers, activities, children, asker } = before;
    this.#path = path;
    this.#definition = definition;
    this.#snapshot = snapshot;
    this.#actions = actions;
    this.#contextBefore = before.snapshot === snapshot ? undefined : before.snapshot.context;
    this.#childrenBefore = before.snapshot === snapshot ? undefined : before.snapshot.children;
    this.#children = children;
    this.#draft = draft;
    this.#timers = timers;
    this.#activities = activities;
    this.#asker = asker;
  }

  take(action: CollectedAction): void {
    const resolver = effectResolver(action.exec);
    if (resolver === undefined) {
      if (action.type.startsWith('xstate.')) this.#takeBuiltIn(action);
      else this.#takeFunction(action);
      return;
    }
    const { effects } = this.#draft;
    const before = effects.length;
    resolver(action.info, action.params, this.#path, effects);
    if (this.#path.length > 0) this.#numberQuestions(before);
  }

  /** The questions of a child carry its number. */
  #numberQuestions(from: number): void {
    const { effects } = this.#draft;
    for (let index = from; index < effects.length; index += 1) {
      const effect = effects[index];
      if (effect?.kind !== 'ask') continue;
      this.#asker ??= this.#nextNumber();
      effects[index] = { ...effect, asker: this.#asker };
    }
  }

  #takeFunction({ type, exec, info, params }: CollectedAction): void {
    const run = functionAfterCommit(exec);
    if (run === undefined) this.#refuse(`the action '${type}' has no implementation`);
    this.#draft.effects.push({
      kind: 'after-commit',
      path: this.#path,
      action: this.#definition.functionNames.get(exec as object) ?? type,
      run: () => run({ ...info, context: copyOf(info.context) as JsonObject }, params),
    });
  }

  end(): Interpreted {
    const stranger = settleReferences(this.#snapshot, this.#childrenBefore, this.#started);
    if (stranger !== undefined)
      this.#refuse(`'${stranger}' is spawned in assign or in the context; use spawnChild`);
    this.#settleValues();
    const member: Draft<Member> = {
      definition: this.#definition,
      snapshot: this.#snapshot,
      timers: this.#timers,
      activities: this.#activities,
      children: this.#children,
    };
    if (this.#asker !== undefined) member.asker = this.#asker;
    return { member, deferred: this.#deferred };
  }

  #takeBuiltIn({ type, params }: CollectedAction): void {
    switch (type) {
      case 'xstate.raise':
        this.#raise(params as RaiseParams);
        break;
      case 'xstate.sendTo':
        this.#sendTo(params as SendParams);
        break;
      case 'xstate.cancel':
        this.#cancelTimer((params as { sendId: string }).sendId);
        break;
      case 'xstate.spawnChild':
        this.#spawn(params as SpawnParams);
        break;
      case 'xstate.stopChild':
        this.#stopChild((params as { id: string } | undefined)?.id);
        break;
      case 'xstate.emit':
        this.#emit((params as { event: JsonObject }).event);
        break;
      case 'xstate.log':
        this.#log(params as { value: Json; label?: unknown });
        break;
      default:
        this.#refuse(`the action '${type}' cannot be interpreted`);
    }
  }

  #refuse(problem: string): never {
    throw new Broken(
      'machine-invalid',
      `machine '${this.#definition.name}', state ${JSON.stringify(this.#snapshot.value)}: ${problem}`,
    );
  }

  #log({ value, label }: { readonly value: Json; readonly label?: unknown }): void {
    const labelled = typeof label === 'string' ? { label } : {};
    this.#draft.effects.push({ kind: 'log', path: this.#path, value, ...labelled });
  }

  #emit(event: JsonObject): void {
    this.#deferred.push({ kind: 'effect', effect: { kind: 'emit', path: this.#path, event } });
  }

  #token(): string {
    return tokenOf(this.#draft.life, this.#path, this.#nextNumber());
  }

  #nextNumber(): number {
    this.#draft.tokens += 1;
    return this.#draft.tokens;
  }

  /**
   * XState itself handles an event that is raised without a delay. A delay that is no number counts
   * as no delay.
   */
  #raise({ event, id, delay }: RaiseParams): void {
    if (typeof delay === 'number') this.#startTimer(id, delay, { event });
  }

  #sendTo({ to, event, id, delay }: SendParams): void {
    const recipient = this.#recipient(to);
    // A machine that is a child here and a root there tells its parent where it has one.
    if (recipient === parentId && this.#path.length === 0) return;
    const early = this.#earlySends(to, recipient);
    if (typeof delay === 'number') {
      const timer = recipient === undefined ? { event } : { event, to: recipient };
      const sendId = this.#startTimer(id, delay, timer);
      early?.timers.push(sendId);
      return;
    }
    const sent = this.#escalated(event);
    early?.events.push(sent);
    this.#deferred.push({
      kind: 'send',
      to: recipient,
      event: sent,
      ...(early === undefined ? {} : { early: true }),
    });
  }

  #recipient(to: unknown): string | undefined {
    if (to instanceof InertSelf) return undefined;
    if (to instanceof InertParent) return parentId;
    if (to instanceof InertReference) return to.id;
    const id = this.#askedFor(to);
    if (id !== undefined) return id;
    return this.#refuse(
      'it sends to an actor that is neither its parent nor a child of its own; a reference does not survive in a context',
    );
  }

  /** The id of the child that this transition starts and for which XState's placeholder stands. */
  #askedFor(placeholder: unknown): string | undefined {
    if (this.#started?.isPlaceholder(placeholder) === true)
      return (placeholder as { readonly id: string }).id;
    for (const { type, params } of this.#actions)
      if (type === 'xstate.spawnChild' && (params as SpawnParams).actorRef === placeholder)
        return (placeholder as { readonly id: string }).id;
    return undefined;
  }

  /** Undefined when the recipient was there before, or has been asked for already. */
  #earlySends(to: unknown, recipient: string | undefined): EarlySends | undefined {
    if (recipient === undefined || to instanceof InertReference) return undefined;
    this.#started ??= new StartedChildren();
    return this.#started.earlySends(to);
  }

  /** The event that XState makes of an error for a parent. */
  #escalated(event: AnyEventObject): AnyEventObject {
    if (event.type !== 'xstate.error') return jsonEvent(event);
    const actorId = this.#path.at(-1) ?? '';
    const error = thrownAsJson(event['data']);
    return { type: `xstate.error.actor.${actorId}`, error, actorId };
  }

  /** Returns the send id. */
  #startTimer(id: string | undefined, delayMs: number, timer: Omit<PendingTimer, 'token'>): string {
    if (!Number.isFinite(delayMs))
      this.#refuse(`the delay of '${timer.event.type}' is ${delayMs}; allowed are milliseconds`);
    const token = this.#token();
    const sendId = id ?? token;
    this.#cancelTimer(sendId);
    this.#deferred.push({
      kind: 'effect',
      effect: { kind: 'start-timer', path: this.#path, token, delayMs },
    });
    const event = jsonEvent(timer.event);
    this.#timers = this.#timers.with(sendId, { ...timer, event, token });
    return sendId;
  }

  #cancelTimer(sendId: string): void {
    const timer = this.#timers.get(sendId);
    if (timer === undefined) return;
    this.#deferred.push({ kind: 'effect', effect: { kind: 'cancel-timer', token: timer.token } });
    this.#timers = this.#timers.without(sendId);
  }

  #spawn({ id: ownId, src, systemId, input, actorRef }: SpawnParams): void {
    const child = this.#definition.children.get(String(src));
    if (systemId !== undefined) this.#refuse('systemId needs live actors');
    if (child === undefined && !this.#definition.activities.has(String(src))) {
      this.#refuse(`spawns an actor that is not named in setup({ actors }): ${String(src)}`);
    }
    const id = ownId === undefined ? this.#namelessId() : this.#checkedId(actorRef?.id ?? ownId);
    this.#started ??= new StartedChildren();
    const { events, timers } = this.#started.sentTo(actorRef);
    this.#stopChild(id);
    this.#forgetTimersTo(id, timers);
    this.#started.add(id, actorRef);
    const given = input === undefined ? undefined : jsonValue(input, `the input of '${id}'`);
    if (child === undefined) this.#startActivity(id, String(src), given);
    else
      this.#deferred.push({
        kind: 'start',
        id,
        definition: child,
        input: given ?? {},
        early: events,
      });
  }

  /** XState's own number would be different in every process and in every try. */
  #namelessId(): string {
    this.#draft.tokens += 1;
    const id = namelessId(this.#draft.tokens);
    this.#started ??= new StartedChildren();
    this.#started.addNameless(id);
    return id;
  }

  #checkedId(id: string): string {
    const problem = childIdProblem(this.#path, id);
    return problem === undefined ? id : this.#refuse(`the id of a child: ${problem}`);
  }

  /** Drops the events to an earlier child of the same id, because they are not for the new child. */
  #forgetTimersTo(id: string, except: readonly string[]): void {
    if (this.#timers.size === 0) return;
    for (const sendId of this.#timers.idsOf(recipientLabel(id)))
      if (!except.includes(sendId)) this.#cancelTimer(sendId);
  }

  #startActivity(id: string, kind: string, input: Json | undefined): void {
    const token = this.#token();
    this.#draft.effects.push({
      kind: 'start-activity',
      path: this.#path,
      token,
      machine: this.#definition.place,
      activity: kind,
      id,
      input,
    });
    this.#activities = this.#activities.with(id, { token, kind });
  }

  #stopChild(id: string | undefined): void {
    if (id === undefined) return;
    const activity = this.#activities.get(id);
    if (activity !== undefined) {
      this.#draft.effects.push({ kind: 'stop-activity', token: activity.token });
      this.#activities = this.#activities.without(id);
      return;
    }
    if (!this.#wasNeverStarted(id) && this.#children.has(id))
      this.#deferred.push({ kind: 'stop', id });
  }

  /**
   * A child that the same transition starts and stops never exists, and the events to that child are
   * dropped.
   */
  #wasNeverStarted(id: string): boolean {
    if (this.#started?.has(id) !== true) return false;
    const started = this.#deferred.findLastIndex(
      (action) => action.kind === 'start' && action.id === id,
    );
    if (started === -1) return false;
    const isForOthers = (action: Deferred, at: number) =>
      action.kind !== 'send' || action.to !== id || (at < started && action.early !== true);
    this.#deferred = this.#deferred.filter(
      (action, at) => at !== started && isForOthers(action, at),
    );
    return true;
  }

  /** The context and the output of the live machine are the stored JSON. */
  #settleValues(): void {
    const snapshot: { context: unknown; output: unknown } = this.#snapshot;
    const { context, output } = snapshot;
    if (context !== this.#contextBefore && context !== undefined)
      snapshot.context = jsonValue(context, 'the context');
    if (output !== undefined) snapshot.output = jsonValue(output, 'the output');
  }
}

function jsonEvent<Event extends { readonly type: string }>(event: Event): Event {
  return jsonValue(event, `the event '${event.type}'`);
}
