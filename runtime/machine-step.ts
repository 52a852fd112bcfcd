/**
 * The pure heart: (family, event) -> (family, effects). The only file that knows how XState hands out its actions.
 *
 * 1. Nothing is performed. What XState would execute is collected on one shared inert scope and translated into effects.
 * 2. A family is a machine with its child machines; those that talk to each other do so inside one step. Families are values:
 *    a step makes a new one and leaves the old one as it was, so a turn can be redone.
 * 3. Timers and activities carry tokens that are never used again; one that ends after its state was left is recognised as stale.
 * 4. A stored family is JSON. Children and references are rebuilt as inert ones on restore.
 */
import { type AnyEventObject, type AnyMachineSnapshot, createActor, createMachine } from 'xstate';
import { type ActionEffect, effectResolver } from './effects.ts';
import { Broken } from './errors.ts';
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

interface InternalEvent {
  readonly path: Path;
  readonly event: AnyEventObject;
}

const parentId = '..';

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

/** What stands for a child (or the parent) inside a snapshot: enough for XState to find and to stop it. */
function inertReference(id: string): { readonly id: string } {
  return { id, sessionId: id, send: () => undefined, getSnapshot: () => undefined, getPersistedSnapshot: () => undefined } as { id: string };
}

function collect(run: (inert: Scope) => AnyMachineSnapshot): readonly [AnyMachineSnapshot, readonly CollectedAction[]] {
  collected = [];
  const snapshot = run(scope as never as Scope);
  return [snapshot, collected];
}

/** Gives a snapshot that nobody else holds yet the references its children need; XState's placeholders are let go. */
function referToChildren(snapshot: AnyMachineSnapshot, activities: object, children: object): void {
  if (isEmpty(activities) && isEmpty(children) && isEmpty(snapshot.children)) return;
  const ids = [...Object.keys(activities), ...Object.keys(children)];
  Object.assign(snapshot, { children: Object.fromEntries(ids.map((id) => [id, inertReference(id)])) });
}

/** Works on one family during one step; thrown away afterwards. */
class Stepper {
  readonly #effects: StepEffect[] = [];
  readonly #queue: InternalEvent[] = [];
  readonly #stamp: Stamp;
  #tokens: number;
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

  run(path: Path, event: AnyEventObject): void {
    this.#queue.push({ path, event });
    this.#drain();
  }

  start(definition: MachineDefinition, input: JsonObject): void {
    this.#root = this.#initial([], definition, input);
    this.#drain();
  }

  #drain(): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const member = this.#root && memberAt(this.#root, next.path);
      if (member === undefined || member.snapshot.status !== 'active') continue;
      this.#replace(next.path, this.#transition(next.path, member, { ...next.event, at: this.#stamp.at, fresh: this.#stamp.fresh }));
    }
  }

  #initial(path: Path, definition: MachineDefinition, input: JsonObject): Member {
    const stamped = { ...input, at: this.#stamp.at, fresh: this.#stamp.fresh };
    const [snapshot, actions] = collect((inert) => definition.machine.getInitialSnapshot(inert, stamped as never));
    if (snapshot.status === 'error' && path.length === 0) throw snapshot.error;
    return this.#settle(path, { definition, snapshot, timers: {}, activities: {}, children: {} }, actions);
  }

  #transition(path: Path, member: Member, event: AnyEventObject): Member {
    const [snapshot, actions] = collect((inert) => this.#next(path, member, event, inert));
    if (snapshot !== member.snapshot) return this.#settle(path, { ...member, snapshot }, actions);
    if (actions.length === 0) return member;
    // XState hands back the very snapshot when actions change neither state nor context; the old family keeps its own.
    return this.#settle(path, { ...member, snapshot: { ...snapshot } }, actions);
  }

  /** A root that throws leaves the actor as it was and its message is dead; a child that throws has failed, and its parent is told. */
  #next(path: Path, member: Member, event: AnyEventObject, inert: Scope): AnyMachineSnapshot {
    try {
      return member.definition.machine.transition(member.snapshot, event, inert);
    } catch (error) {
      if (path.length === 0) throw error;
      collected = [];
      return Object.assign(member.definition.machine.resolveState(member.snapshot as never), { status: 'error', error });
    }
  }

  #settle(path: Path, member: Member, actions: readonly CollectedAction[]): Member {
    let settled = member;
    for (const action of actions) settled = this.#interpret(path, settled, action);
    if (settled.snapshot.status !== 'active') settled = this.#end(path, settled);
    referToChildren(settled.snapshot, settled.activities, settled.children);
    return settled;
  }

  #end(path: Path, member: Member): Member {
    this.#stopEverything(member);
    if (path.length > 0) this.#queue.push({ path: path.slice(0, -1), event: endEvent(path, member.snapshot) });
    return { ...member, timers: {}, activities: {}, children: {} };
  }

  #interpret(path: Path, member: Member, action: CollectedAction): Member {
    const resolver = effectResolver(action.exec);
    if (resolver !== undefined) {
      for (const effect of resolver(action.info, action.params)) this.#effects.push({ ...effect, path });
      return member;
    }
    return this.#interpretBuiltIn(path, member, action);
  }

  #interpretBuiltIn(path: Path, member: Member, action: CollectedAction): Member {
    const params = action.params as Record<string, unknown>;
    switch (action.type) {
      case 'xstate.raise':
        return this.#raise(path, member, params as never);
      case 'xstate.sendTo':
        return this.#sendTo(path, member, params as never);
      case 'xstate.cancel':
        return this.#cancelTimer(member, String(params['sendId']));
      case 'xstate.spawnChild':
        return this.#spawn(path, member, params as never);
      case 'xstate.stopChild':
        return this.#stopChild(member, (action.params as { id: string } | undefined)?.id);
      case 'xstate.emit':
        this.#effects.push({ kind: 'emit', path, event: params['event'] as JsonObject });
        return member;
      case 'xstate.log':
        this.#log(path, params);
        return member;
      case 'xstate.enqueueActions':
      case 'xstate.assign':
        return member;
      default:
        throw new Broken('machine-invalid', `machine '${member.definition.name}': the action '${action.type}' cannot be interpreted`);
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

  #raise(path: Path, member: Member, params: { event: PendingTimer['event']; id?: string; delay?: number }): Member {
    if (params.delay === undefined) return member;
    return this.#startTimer(path, member, params.id, params.delay, { event: params.event });
  }

  #sendTo(path: Path, member: Member, params: { to: { id: string }; event: PendingTimer['event']; id?: string; delay?: number }): Member {
    const self = params.to === (inertRoot as unknown);
    const to = self ? undefined : params.to.id;
    if (params.delay !== undefined) {
      return this.#startTimer(path, member, params.id, params.delay, to === undefined ? { event: params.event } : { event: params.event, to });
    }
    if (to !== parentId || path.length > 0) this.#queue.push({ path: resolveTarget(path, to), event: params.event });
    return member;
  }

  #startTimer(path: Path, member: Member, id: string | undefined, delayMs: number, timer: Omit<PendingTimer, 'token'>): Member {
    const token = this.#token(path);
    const sendId = id ?? token;
    const cleared = this.#cancelTimer(member, sendId);
    this.#effects.push({ kind: 'start-timer', path, token, delayMs });
    return { ...cleared, timers: { ...cleared.timers, [sendId]: { ...timer, token } } };
  }

  #cancelTimer(member: Member, sendId: string): Member {
    const timer = member.timers[sendId];
    if (timer === undefined) return member;
    this.#effects.push({ kind: 'cancel-timer', token: timer.token });
    return { ...member, timers: without(member.timers, sendId) };
  }

  #spawn(path: Path, member: Member, params: { id?: string; src: string; input: unknown; actorRef?: { id: string } }): Member {
    const id = params.actorRef?.id ?? params.id;
    if (id === undefined || typeof params.src !== 'string') {
      throw new Broken('machine-invalid', `machine '${member.definition.name}' spawns an actor that is not named in setup({ actors })`);
    }
    const child = member.definition.children.get(params.src);
    const input = (params.input ?? {}) as JsonObject;
    if (child === undefined) return this.#startActivity(path, member, id, params.src, input);
    const started = this.#initial([...path, id], child, input);
    return started.snapshot.status === 'active' ? { ...member, children: { ...member.children, [id]: started } } : member;
  }

  #startActivity(path: Path, member: Member, id: string, kind: string, input: Json): Member {
    const token = this.#token(path);
    this.#effects.push({ kind: 'start-activity', path, token, machine: member.definition.name, activity: kind, input });
    return { ...member, activities: { ...member.activities, [id]: { token, kind } } };
  }

  #stopChild(member: Member, id: string | undefined): Member {
    if (id === undefined) return member;
    const activity = member.activities[id];
    if (activity !== undefined) {
      this.#effects.push({ kind: 'stop-activity', token: activity.token });
      return { ...member, activities: without(member.activities, id) };
    }
    const child = member.children[id];
    if (child === undefined) return member;
    this.#stopEverything(child);
    return { ...member, children: without(member.children, id) };
  }

  #stopEverything(member: Member): void {
    for (const timer of Object.values(member.timers)) this.#effects.push({ kind: 'cancel-timer', token: timer.token });
    for (const activity of Object.values(member.activities)) this.#effects.push({ kind: 'stop-activity', token: activity.token });
    for (const child of Object.values(member.children)) this.#stopEverything(child);
  }

  #replace(path: Path, member: Member): void {
    if (this.#root !== undefined) this.#root = replaceAt(this.#root, path, member);
  }
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

function errorData(error: unknown): Json {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return (error ?? null) as Json;
}

/** The machine at a path; undefined when it has ended. */
export function memberAt(root: Member, path: Path): Member | undefined {
  let member: Member | undefined = root;
  for (const id of path) member = member?.children[id];
  return member;
}

function replaceAt(root: Member, path: Path, member: Member): Member {
  const [id, ...rest] = path;
  if (id === undefined) return member;
  const child = root.children[id];
  if (child === undefined) return root;
  if (rest.length === 0 && member.snapshot.status !== 'active') return { ...root, children: without(root.children, id) };
  return { ...root, children: { ...root.children, [id]: replaceAt(child, rest, member) } };
}

/**
 * Starts an actor: the machine's initial transition, with everything its entry asks for. `tokens` is the count an earlier life of
 * the same actor has reached.
 */
export function startFamily(definition: MachineDefinition, input: JsonObject, stamp: Stamp, tokens = 0): StepResult {
  const stepper = new Stepper(undefined, tokens, stamp);
  stepper.start(definition, input);
  return stepper.result();
}

/** One event for one machine of the family, and whatever the family's members say to each other because of it. */
export function stepFamily(family: Family, path: Path, event: AnyEventObject, stamp: Stamp): StepResult {
  const stepper = new Stepper(family.root, family.tokens, stamp);
  stepper.run(path, event);
  return stepper.result();
}

/** The machine that a timer or an activity belongs to. */
export function tokenPath(token: string): Path {
  const path = token.slice(0, token.lastIndexOf('#'));
  return path === '' ? [] : path.split('/').map(decodeURIComponent);
}

function withoutTimer(family: Family, path: Path, member: Member, sendId: string): Family {
  return { ...family, root: replaceAt(family.root, path, { ...member, timers: without(member.timers, sendId) }) };
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
  const ended = { ...family, root: replaceAt(family.root, path, { ...member, activities: without(member.activities, id) }) };
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

interface StoredMember {
  readonly machine: string;
  readonly value: Json;
  readonly context: Json;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly output?: Json;
  readonly error?: Json;
  readonly history?: { readonly [stateId: string]: readonly string[] };
  readonly timers?: Member['timers'];
  readonly activities?: Member['activities'];
  readonly children?: Readonly<Record<string, StoredMember>>;
}

function isEmpty(entries: object): boolean {
  for (const _ in entries) return false;
  return true;
}

function storedHistory(snapshot: AnyMachineSnapshot): NonNullable<StoredMember['history']> {
  return Object.fromEntries(
    Object.entries(snapshot.historyValue as Record<string, { id: string }[]>).map(([id, nodes]) => [id, nodes.map((node) => node.id)]),
  );
}

function storeMember({ definition, snapshot, timers, activities, children }: Member): StoredMember {
  return {
    machine: definition.name,
    value: snapshot.value as Json,
    context: snapshot.context as Json,
    status: snapshot.status,
    ...(snapshot.output === undefined ? {} : { output: snapshot.output as Json }),
    ...(snapshot.error === undefined ? {} : { error: errorData(snapshot.error) }),
    ...(isEmpty(snapshot.historyValue) ? {} : { history: storedHistory(snapshot) }),
    ...(isEmpty(timers) ? {} : { timers }),
    ...(isEmpty(activities) ? {} : { activities }),
    ...(isEmpty(children) ? {} : { children: Object.fromEntries(Object.entries(children).map(([id, child]) => [id, storeMember(child)])) }),
  };
}

function revivedHistory(definition: MachineDefinition, stored: StoredMember['history']): object {
  return Object.fromEntries(
    Object.entries(stored ?? {}).map(([id, nodes]) => [id, nodes.map((node) => definition.machine.getStateNodeById(node))]),
  );
}

function childDefinition(definition: MachineDefinition, name: string): MachineDefinition {
  for (const child of definition.children.values()) if (child.name === name) return child;
  throw new Broken('broken', `machine '${definition.name}' has no child machine '${name}', but one is stored`);
}

function restoreMember(definition: MachineDefinition, stored: StoredMember): Member {
  const { timers = {}, activities = {}, children = {} } = stored;
  const snapshot = definition.machine.resolveState({
    value: stored.value,
    context: stored.context,
    status: stored.status,
    output: stored.output,
    error: stored.error,
    historyValue: revivedHistory(definition, stored.history),
  } as never);
  referToChildren(snapshot, activities, children);
  const restored = Object.entries(children).map(([id, child]) => [id, restoreMember(childDefinition(definition, child.machine), child)]);
  return { definition, snapshot, timers, activities, children: Object.fromEntries(restored) };
}

/** A family as JSON, without its machine's version: the journal keeps that beside it. */
export function storeFamily(family: Family): Json {
  return { tokens: family.tokens, root: storeMember(family.root) as unknown as Json };
}

/** The family behind stored JSON. Throws `Broken` when it does not fit the machine. */
export function restoreFamily(definition: MachineDefinition, stored: Json): Family {
  const { tokens, root } = stored as unknown as { tokens: number; root: StoredMember };
  try {
    return { tokens, root: restoreMember(definition, root) };
  } catch (cause) {
    throw new Broken('broken', `a stored state of machine '${definition.name}' does not fit its code: ${String(cause)}`, { cause });
  }
}
