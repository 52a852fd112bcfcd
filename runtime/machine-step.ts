/**
 * The pure heart: (family, event) -> (family, effects). The only file that knows how XState hands out its actions.
 *
 * 1. Nothing is performed. What XState would execute is collected on one shared inert scope and translated into effects.
 * 2. A family is a machine with its child machines; those that talk to each other do so inside one step. Families are values:
 *    a step makes a new one and leaves the old one as it was, so a turn can be redone.
 * 3. Timers and activities carry tokens that are never used again; one that ends after its state was left is recognised as stale.
 * 4. Members talk as XState's actors do: what a machine does to its children comes after its own actions, in the order it was asked
 *    for; who is busy takes an event when it is through.
 */
import { type AnyEventObject, type AnyMachineSnapshot, createActor, createMachine } from 'xstate';
import { type ActionEffect, effectResolver } from './effects.ts';
import { Broken, UnanimousError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import type { MachineDefinition } from './machine-definition.ts';

/** Child ids from the root machine of the actor down to one of its descendants; `[]` is the root. */
export type Path = readonly string[];

interface PendingTimer {
  readonly token: string;
  readonly event: JsonObject & { readonly type: string };
  /** Child it is for, or `..` for the parent; absent: itself. */
  readonly to?: string;
}
interface PendingActivity {
  readonly token: string;
  readonly kind: string;
}

/** One machine of a family. */
export interface Member {
  readonly definition: MachineDefinition;
  readonly snapshot: AnyMachineSnapshot;
  /** By send id. */
  readonly timers: Readonly<Record<string, PendingTimer>>;
  /** By child id. */
  readonly activities: Readonly<Record<string, PendingActivity>>;
  readonly children: Readonly<Record<string, Member>>;
}

/** An actor: its root machine and the counter its tokens come from. */
export interface Family {
  readonly root: Member;
  readonly tokens: number;
}

/** Time and chance for one event. */
export interface Stamp {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A UUIDv7 nobody else has. */
  readonly fresh: string;
}

export type StepEffect =
  | (ActionEffect & { readonly path: Path })
  | { readonly kind: 'start-timer'; readonly path: Path; readonly token: string; readonly delayMs: number }
  | { readonly kind: 'cancel-timer'; readonly token: string }
  | {
      readonly kind: 'start-activity';
      readonly path: Path;
      readonly token: string;
      readonly machine: string;
      readonly activity: string;
      readonly input: Json;
    }
  | { readonly kind: 'stop-activity'; readonly token: string }
  | { readonly kind: 'emit'; readonly path: Path; readonly event: JsonObject }
  | { readonly kind: 'log'; readonly path: Path; readonly label?: string; readonly value: Json };

export interface StepResult {
  readonly family: Family;
  readonly effects: readonly StepEffect[];
}

interface CollectedAction {
  readonly type: string;
  readonly info: { context: JsonObject; event: AnyEventObject };
  readonly params: unknown;
  readonly exec: unknown;
}

const parentId = '..';
/** Events that members of one family may send each other in one step before the machine is taken for endless. */
const eventsMax = 10_000;

/** One inert world for every step of this process: steps are synchronous, so they never overlap in it. */
const inertRoot = createActor(createMachine({}));
const inertParent = inertReference(parentId);
Object.assign(inertRoot, { _parent: inertParent });
let collected: CollectedAction[] = [];
const scope = {
  self: inertRoot,
  id: '',
  sessionId: '',
  system: inertRoot.system,
  logger: () => undefined,
  defer: () => undefined,
  stopChild: () => undefined,
  emit: () => undefined,
  actionExecutor: (action: CollectedAction) => {
    collected.push(action);
  },
};
type Scope = Parameters<MachineDefinition['machine']['transition']>[2];

interface InertReference {
  readonly id: string;
  readonly inert: true;
}

/** What stands for a child (or the parent) inside a snapshot: enough for XState to find and to stop it. */
function inertReference(id: string): InertReference {
  const methods = { send: () => undefined, getSnapshot: () => undefined, getPersistedSnapshot: () => undefined };
  return { id, sessionId: id, inert: true, ...methods } as InertReference;
}

function isInert(reference: unknown): boolean {
  return typeof reference === 'object' && reference !== null && 'inert' in reference;
}

function collect(run: (inert: Scope) => AnyMachineSnapshot): readonly [AnyMachineSnapshot, readonly CollectedAction[]] {
  collected = [];
  const snapshot = run(scope as never as Scope);
  return [snapshot, collected];
}

/** Gives a snapshot that nobody else holds yet the references to its children. */
export function referTo(snapshot: AnyMachineSnapshot, ids: readonly string[]): void {
  if (ids.length > 0) Object.assign(snapshot, { children: Object.fromEntries(ids.map((id) => [id, inertReference(id)])) });
}

/** What XState does after the machine's own actions, in the order in which it was asked for. */
type Deferred =
  | { readonly kind: 'timer'; readonly effect: StepEffect }
  | { readonly kind: 'start'; readonly id: string; readonly definition: MachineDefinition; readonly input: unknown }
  | { readonly kind: 'send'; readonly to: Path; readonly event: AnyEventObject }
  | { readonly kind: 'stop'; readonly id: string };

/** A member while its actions are interpreted. */
interface Draft {
  member: Member;
  deferred: Deferred[];
  /** Ids of the children started in this transition. */
  readonly spawned: Set<string>;
  /** Ids given here to children that have none of their own. */
  readonly nameless: string[];
}

/** Works on one family during one step; thrown away afterwards. */
class Stepper {
  readonly #effects: StepEffect[] = [];
  /** Events for members that are busy, by path. */
  readonly #waiting = new Map<string, AnyEventObject[]>();
  readonly #stamp: Stamp;
  #tokens: number;
  #events = 0;
  #root: Member | undefined;

  constructor(root: Member | undefined, tokens: number, stamp: Stamp) {
    this.#root = root;
    this.#tokens = tokens;
    this.#stamp = stamp;
  }

  result(): StepResult {
    if (this.#root === undefined) throw new Broken('broken', 'the actor has no root machine');
    return { family: { root: this.#root, tokens: this.#tokens }, effects: this.#effects };
  }

  /** As XState's mailboxes do: a member that is busy takes the event when it is through, any other at once. */
  send(path: Path, event: AnyEventObject): void {
    this.#events += 1;
    if (this.#events > eventsMax) throw new Broken('broken', `more than ${eventsMax} events within one step`);
    const waiting = this.#waiting.get(pathId(path));
    if (waiting !== undefined) waiting.push(event);
    else this.#whileBusy(path, () => this.#transition(path, event));
  }

  start(path: Path, definition: MachineDefinition, input: unknown): void {
    this.#whileBusy(path, () => this.#initial(path, definition, input));
  }

  #whileBusy(path: Path, first: () => void): void {
    const id = pathId(path);
    const waiting: AnyEventObject[] = [];
    this.#waiting.set(id, waiting);
    first();
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) this.#transition(path, event);
    this.#waiting.delete(id);
  }

  #initial(path: Path, definition: MachineDefinition, input: unknown): void {
    const { at, fresh } = this.#stamp;
    const stamped = typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input, at, fresh } : input;
    const [snapshot, actions] = collect((inert) => definition.machine.getInitialSnapshot(inert, stamped as never));
    if (snapshot.status === 'error' && path.length === 0) throw snapshot.error;
    const member = { definition, snapshot, timers: {}, activities: {}, children: {} };
    this.#settle(path, member, snapshot.status === 'error' ? [] : actions, true);
  }

  #transition(path: Path, event: AnyEventObject): void {
    const member = this.#root && memberAt(this.#root, path);
    if (member === undefined || member.snapshot.status !== 'active') return;
    const stamped = { ...event, at: this.#stamp.at, fresh: this.#stamp.fresh };
    const [snapshot, actions] = collect((inert) => this.#next(path, member, stamped, inert));
    if (snapshot === member.snapshot && actions.length === 0) return;
    this.#settle(path, { ...member, snapshot }, actions);
  }

  /** A root that throws leaves the actor as it was and its message is dead; a child that throws has failed, and its parent is told. */
  #next(path: Path, member: Member, event: AnyEventObject, inert: Scope): AnyMachineSnapshot {
    try {
      return member.definition.machine.transition(member.snapshot, event, inert);
    } catch (error) {
      if (path.length === 0) throw error;
      collected = [];
      return failed(member.snapshot, error);
    }
  }

  #settle(path: Path, member: Member, actions: readonly CollectedAction[], startsChildrenFirst = false): void {
    const before = this.#effects.length;
    const draft = this.#interpretAll(path, member, actions);
    this.#put(path, draft.member);
    if (startsChildrenFirst) this.#startChildren(path, draft, before);
    for (const action of draft.deferred) this.#act(path, action);
    if (draft.member.snapshot.status !== 'active') this.#end(path);
  }

  /** An actor that starts has its children started before any of its own actions is executed; so has XState. */
  #startChildren(path: Path, draft: Draft, before: number): void {
    const own = this.#effects.splice(before);
    for (const action of draft.deferred) if (action.kind === 'start') this.#act(path, action);
    draft.deferred = draft.deferred.filter(({ kind }) => kind !== 'start');
    this.#effects.push(...own);
  }

  /** An action of a child that throws fails the child; what is an answer or a bug of ours goes through the whole step. */
  #interpretAll(path: Path, member: Member, actions: readonly CollectedAction[]): Draft {
    const draft: Draft = { member, deferred: [], spawned: new Set(), nameless: [] };
    const effectsBefore = this.#effects.length;
    try {
      for (const action of actions) this.#interpret(path, draft, action);
      settleReferences(draft, (problem) => refuseAction(draft, problem));
      return draft;
    } catch (error) {
      if (path.length === 0 || error instanceof UnanimousError) throw error;
      this.#effects.length = effectsBefore;
      return { member: { ...member, snapshot: failed(member.snapshot, error) }, deferred: [], spawned: new Set(), nameless: [] };
    }
  }

  #act(path: Path, action: Deferred): void {
    if (action.kind === 'timer') this.#effects.push(action.effect);
    else if (action.kind === 'send') this.send(action.to, action.event);
    else if (action.kind === 'start') this.start([...path, action.id], action.definition, action.input);
    else this.#stopMember([...path, action.id]);
  }

  #end(path: Path): void {
    const member = this.#root && memberAt(this.#root, path);
    if (member === undefined) return;
    this.#stopEverything(member);
    const ended = { ...member, timers: {}, activities: {}, children: {} };
    if (path.length === 0) {
      this.#root = ended;
      return;
    }
    this.#remove(path);
    this.send(path.slice(0, -1), endEvent(path, member.snapshot));
  }

  #interpret(path: Path, draft: Draft, action: CollectedAction): void {
    const resolver = effectResolver(action.exec);
    if (resolver === undefined) this.#interpretBuiltIn(path, draft, action);
    else for (const effect of resolver(action.info, action.params)) this.#effects.push({ ...effect, path });
  }

  #interpretBuiltIn(path: Path, draft: Draft, action: CollectedAction): void {
    const params = action.params as Record<string, unknown>;
    switch (action.type) {
      case 'xstate.raise':
        this.#raise(path, draft, params as never);
        return;
      case 'xstate.sendTo':
        this.#sendTo(path, draft, params as never);
        return;
      case 'xstate.cancel':
        this.#cancelTimer(draft, String(params['sendId']));
        return;
      case 'xstate.spawnChild':
        this.#spawn(path, draft, params as never);
        return;
      case 'xstate.stopChild':
        this.#stopChild(draft, (action.params as { id: string } | undefined)?.id);
        return;
      case 'xstate.emit':
        this.#effects.push({ kind: 'emit', path, event: params['event'] as JsonObject });
        return;
      case 'xstate.log':
        this.#log(path, params);
        return;
      default:
        refuseAction(draft, `the action '${action.type}' cannot be interpreted`);
    }
  }

  #log(path: Path, params: Record<string, unknown>): void {
    const label = params['label'];
    this.#effects.push({ kind: 'log', path, value: params['value'] as Json, ...(typeof label === 'string' ? { label } : {}) });
  }

  #token(path: Path): string {
    this.#tokens += 1;
    return `${path.map(encodeURIComponent).join('/')}#${this.#tokens}`;
  }

  #raise(path: Path, draft: Draft, params: { event: PendingTimer['event']; id?: string; delay?: number }): void {
    if (params.delay !== undefined) this.#startTimer(path, draft, params.id, params.delay, { event: params.event });
  }

  #sendTo(path: Path, draft: Draft, params: { to: { id: string }; event: PendingTimer['event']; id?: string; delay?: number }): void {
    const to = params.to === (inertRoot as unknown) ? undefined : params.to.id;
    // A machine that is a child here and a root there tells its parent where it has one.
    if (to === parentId && path.length === 0) return;
    if (params.delay !== undefined) {
      const timer = to === undefined ? { event: params.event } : { event: params.event, to };
      this.#startTimer(path, draft, params.id, params.delay, timer);
    } else draft.deferred.push({ kind: 'send', to: resolveTarget(path, to), event: params.event });
  }

  #startTimer(path: Path, draft: Draft, id: string | undefined, delayMs: number, timer: Omit<PendingTimer, 'token'>): void {
    const token = this.#token(path);
    const sendId = id ?? token;
    this.#cancelTimer(draft, sendId);
    draft.deferred.push({ kind: 'timer', effect: { kind: 'start-timer', path, token, delayMs } });
    draft.member = { ...draft.member, timers: { ...draft.member.timers, [sendId]: { ...timer, token } } };
  }

  #cancelTimer(draft: Draft, sendId: string): void {
    const timer = draft.member.timers[sendId];
    if (timer === undefined) return;
    draft.deferred.push({ kind: 'timer', effect: { kind: 'cancel-timer', token: timer.token } });
    draft.member = { ...draft.member, timers: without(draft.member.timers, sendId) };
  }

  #spawn(
    path: Path,
    draft: Draft,
    params: { id?: string; src: unknown; systemId?: string; input: unknown; actorRef?: { id: string } },
  ): void {
    const { definition } = draft.member;
    const { src, input = {} } = params;
    if (params.systemId !== undefined) refuseAction(draft, 'systemId needs live actors');
    const child = definition.children.get(String(src));
    if (child === undefined && !definition.activities.has(String(src))) {
      refuseAction(draft, `spawns an actor that is not named in setup({ actors }): ${String(src)}`);
    }
    const id = params.id === undefined ? this.#nameless(path, draft) : (params.actorRef?.id ?? params.id);
    this.#stopChild(draft, id);
    this.#forgetTimersTo(draft, id);
    draft.spawned.add(id);
    if (child === undefined) this.#startActivity(path, draft, id, String(src), input as Json);
    else draft.deferred.push({ kind: 'start', id, definition: child, input });
  }

  /** XState would take a number that is another one in every process and in every try. */
  #nameless(path: Path, draft: Draft): string {
    const id = this.#token(path);
    draft.nameless.push(id);
    return id;
  }

  /** What an earlier child of the same id should have got is not for the new one. */
  #forgetTimersTo(draft: Draft, id: string): void {
    for (const [sendId, { to }] of Object.entries(draft.member.timers)) if (to === id) this.#cancelTimer(draft, sendId);
  }

  #startActivity(path: Path, draft: Draft, id: string, kind: string, input: Json): void {
    const token = this.#token(path);
    const { member } = draft;
    this.#effects.push({ kind: 'start-activity', path, token, machine: member.definition.name, activity: kind, input });
    draft.member = { ...member, activities: { ...member.activities, [id]: { token, kind } } };
  }

  #stopChild(draft: Draft, id: string | undefined): void {
    if (id === undefined) return;
    const activity = draft.member.activities[id];
    if (activity !== undefined) {
      this.#effects.push({ kind: 'stop-activity', token: activity.token });
      draft.member = { ...draft.member, activities: without(draft.member.activities, id) };
      return;
    }
    if (!neverStarted(draft, id) && draft.member.children[id] !== undefined) draft.deferred.push({ kind: 'stop', id });
  }

  #stopMember(path: Path): void {
    const member = this.#root && memberAt(this.#root, path);
    if (member === undefined) return;
    this.#stopEverything(member);
    this.#remove(path);
    this.#waiting.get(pathId(path))?.splice(0);
  }

  #stopEverything(member: Member): void {
    for (const timer of Object.values(member.timers)) this.#effects.push({ kind: 'cancel-timer', token: timer.token });
    for (const activity of Object.values(member.activities)) this.#effects.push({ kind: 'stop-activity', token: activity.token });
    for (const child of Object.values(member.children)) this.#stopEverything(child);
  }

  #put(path: Path, member: Member): void {
    this.#root = this.#root === undefined ? member : withMember(this.#root, path, member);
  }

  #remove(path: Path): void {
    if (this.#root !== undefined) this.#root = withMember(this.#root, path, undefined);
  }
}

function refuseAction(draft: Draft, problem: string): never {
  const { definition, snapshot } = draft.member;
  throw new Broken('machine-invalid', `machine '${definition.name}', state ${JSON.stringify(snapshot.value)}: ${problem}`);
}

/** A child that was asked for and stopped in the same transition was never there, nor did it get what was sent to it. */
function neverStarted(draft: Draft, id: string): boolean {
  const started = draft.deferred.findLastIndex((action) => action.kind === 'start' && action.id === id);
  if (started === -1) return false;
  const later = draft.deferred.slice(started + 1).filter((action) => action.kind !== 'send' || action.to.at(-1) !== id);
  draft.deferred = [...draft.deferred.slice(0, started), ...later];
  return true;
}

/** XState's placeholders are let go. Children that have ended stay known until their state is left, as XState has it. */
function settleReferences({ member: { snapshot }, spawned, nameless }: Draft, refuse: (problem: string) => never): void {
  const references = Object.entries(snapshot.children);
  if (spawned.size === 0 && references.every(([, reference]) => isInert(reference))) return;
  const known = references.filter(([id, reference]) => isInert(reference) || spawned.has(id)).map(([id]) => id);
  const stranger = references.find(([id]) => !known.includes(id) && (id !== 'undefined' || nameless.length === 0));
  if (stranger !== undefined) refuse(`'${stranger[0]}' is spawned in assign or in the context; use spawnChild`);
  referTo(snapshot, [...known, ...nameless]);
}

/** A snapshot of a machine that threw. */
function failed(snapshot: AnyMachineSnapshot, error: unknown): AnyMachineSnapshot {
  return { ...snapshot, status: 'error', error } as AnyMachineSnapshot;
}

function pathId(path: Path): string {
  return path.map(encodeURIComponent).join('/');
}

function without<T>(entries: Readonly<Record<string, T>>, id: string): Readonly<Record<string, T>> {
  const { [id]: _removed, ...rest } = entries;
  return rest;
}

function resolveTarget(path: Path, to: string | undefined): Path {
  if (to === undefined) return path;
  return to === parentId ? path.slice(0, -1) : [...path, to];
}

function endEvent(path: Path, snapshot: AnyMachineSnapshot): AnyEventObject {
  const id = path[path.length - 1];
  if (snapshot.status === 'done') return { type: `xstate.done.actor.${id}`, output: snapshot.output, actorId: id };
  return { type: `xstate.error.actor.${id}`, error: errorData(snapshot.error), actorId: id };
}

/** An error as JSON. */
export function errorData(error: unknown): Json {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return (error ?? null) as Json;
}

/** The machine at a path; undefined when it has ended. */
export function memberAt(root: Member, path: Path): Member | undefined {
  let member: Member | undefined = root;
  for (const id of path) member = member?.children[id];
  return member;
}

/** The family's root with the member at the path put there, or (undefined) taken away. */
function withMember(root: Member, path: Path, member: Member | undefined): Member {
  const [id, ...rest] = path;
  if (id === undefined) return member ?? root;
  const child = root.children[id];
  if (rest.length > 0)
    return child === undefined ? root : { ...root, children: { ...root.children, [id]: withMember(child, rest, member) } };
  return { ...root, children: member === undefined ? without(root.children, id) : { ...root.children, [id]: member } };
}

/**
 * Starts an actor: the machine's initial transition, with everything its entry asks for. `tokens` is the count an earlier life of
 * the same actor has reached.
 */
export function startFamily(definition: MachineDefinition, input: JsonObject, stamp: Stamp, tokens = 0): StepResult {
  const stepper = new Stepper(undefined, tokens, stamp);
  stepper.start([], definition, input);
  return stepper.result();
}

/** One event for one machine of the family, and whatever the family's members say to each other because of it. */
export function stepFamily(family: Family, path: Path, event: AnyEventObject, stamp: Stamp): StepResult {
  const stepper = new Stepper(family.root, family.tokens, stamp);
  stepper.send(path, event);
  return stepper.result();
}

/** The machine that a timer or an activity belongs to. */
export function tokenPath(token: string): Path {
  const path = token.slice(0, token.lastIndexOf('#'));
  return path === '' ? [] : path.split('/').map(decodeURIComponent);
}

function withoutTimer(family: Family, path: Path, member: Member, sendId: string): Family {
  return { ...family, root: withMember(family.root, path, { ...member, timers: without(member.timers, sendId) }) };
}

/** A timer fired; undefined when it is stale. */
export function stepTimer(family: Family, token: string, stamp: Stamp): StepResult | undefined {
  const path = tokenPath(token);
  const member = memberAt(family.root, path);
  const found = member && Object.entries(member.timers).find(([, timer]) => timer.token === token);
  if (member === undefined || found === undefined) return undefined;
  const [sendId, timer] = found;
  return stepFamily(withoutTimer(family, path, member, sendId), resolveTarget(path, timer.to), timer.event, stamp);
}

export type ActivityOutcome = { readonly output: Json | undefined } | { readonly error: Json };

/** An activity ended; undefined when it is stale. */
export function stepActivity(family: Family, token: string, outcome: ActivityOutcome, stamp: Stamp): StepResult | undefined {
  const path = tokenPath(token);
  const member = memberAt(family.root, path);
  const found = member && Object.entries(member.activities).find(([, running]) => running.token === token);
  if (member === undefined || found === undefined) return undefined;
  const [id] = found;
  const ended = { ...family, root: withMember(family.root, path, { ...member, activities: without(member.activities, id) }) };
  const event =
    'error' in outcome
      ? { type: `xstate.error.actor.${id}`, error: outcome.error, actorId: id }
      : { type: `xstate.done.actor.${id}`, output: outcome.output, actorId: id };
  return stepFamily(ended, path, event, stamp);
}

function matchesDescriptor(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === '*') return true;
  return descriptor.endsWith('.*') && (type === descriptor.slice(0, -2) || type.startsWith(descriptor.slice(0, -1)));
}

/** Whether the machine, in the state it is in, says anything about this type of event (an empty transition is "ignored on purpose"). */
export function handles(member: Member, type: string): boolean {
  return member.snapshot._nodes.some((node) => [...node.transitions.keys()].some((descriptor) => matchesDescriptor(descriptor, type)));
}
