/**
 * A family: a machine with its child machines, as a value.
 *
 * - Immutable: a step makes a new family and leaves the old family unchanged, so a turn can be
 *   computed again.
 */
import type { AnyMachineSnapshot } from 'xstate';
import type { JsonObject } from '../ports/json.ts';
import type { ReplyAddress } from './effects.ts';
import { Entries } from './entries.ts';
import type { MachineDefinition } from './machine-definition.ts';
import type { Path } from './path.ts';

export interface PendingTimer {
  readonly token: string;
  readonly event: JsonObject & { readonly type: string };
  /** The child that gets the event, or `..` for the parent; absent: the machine itself. */
  readonly to?: string;
}

export interface PendingActivity {
  readonly token: string;
  readonly kind: string;
}

/** One machine of a family. */
export interface Member {
  readonly definition: MachineDefinition;
  readonly snapshot: AnyMachineSnapshot;
  /** By send id. */
  readonly timers: Entries<PendingTimer>;
  /** By child id. */
  readonly activities: Entries<PendingActivity>;
  readonly children: Entries<Member>;
  /**
   * The number of a child that has asked a question. No other child of the actor ever has the same
   * number, so a later child of the same id never gets an answer to an earlier child.
   */
  readonly asker?: number;
}

/** An actor: its root machine, and the parts of its tokens. */
export interface Family {
  /** The key of the actor, which is the id of its root machine. */
  readonly key: string;
  readonly root: Member;
  /** Unique for each life: an actor that starts again under the same key has another one. */
  readonly life: string;
  /** The number of tokens given out in this life. */
  readonly tokens: number;
  /** Senders who have repeated a question that is not answered yet; the newest is the last. */
  readonly waiting?: readonly ReplyAddress[];
}

/** The label of a timer or an activity by its token. */
export function tokenLabel(token: string): string {
  return `token ${token}`;
}

/** The label of all timers for one child, or for `..`. */
export function recipientLabel(to: string): string {
  return `to ${to}`;
}

export function timersOf(record: Readonly<Record<string, PendingTimer>>): Member['timers'] {
  return Entries.of(record, ({ token, to }) =>
    to === undefined ? [tokenLabel(token)] : [tokenLabel(token), recipientLabel(to)],
  );
}

export function activitiesOf(
  record: Readonly<Record<string, PendingActivity>>,
): Member['activities'] {
  return Entries.of(record, ({ token }) => [tokenLabel(token)]);
}

export const noTimers: Member['timers'] = timersOf({});
export const noActivities: Member['activities'] = activitiesOf({});
export const noChildren: Member['children'] = Entries.of({});

export function isEmpty(entries: object): boolean {
  for (const _ in entries) return false;
  return true;
}

/** The machine at a path; undefined when it has ended. */
export function memberAt(root: Member, path: Path): Member | undefined {
  let member: Member | undefined = root;
  for (const id of path) member = member?.children.get(id);
  return member;
}

/** The family's root with another member at the path. */
export function withMember(root: Member, path: Path, member: Member): Member {
  const [id, ...rest] = path;
  if (id === undefined) return member;
  const child = root.children.get(id);
  return child === undefined
    ? root
    : { ...root, children: root.children.with(id, withMember(child, rest, member)) };
}
