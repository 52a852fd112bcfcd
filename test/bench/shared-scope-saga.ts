/**
 * The measured saga by hand: its own machines, stepped through one shared inert scope, and a loop that knows what each named action means.
 * No exchange, no envelope, no turn, no journal: what XState itself takes when no live actor is made.
 */
import { type AnyEventObject, type AnyMachineSnapshot, type AnyStateMachine, createActor, createMachine } from 'xstate';
import { sagaMachine, voteMachine } from './measured-saga.ts';

type Scope = Parameters<AnyStateMachine['transition']>[2];
/** An event under way to one of the actors of a saga. */
type Send = { readonly to: 'owner' | 'voter'; readonly event: AnyEventObject };

const self = createActor(createMachine({}));
let asked: string[] = [];
const scope = {
  self,
  id: '',
  sessionId: '',
  system: self.system,
  logger: () => undefined,
  defer: () => undefined,
  stopChild: () => undefined,
  emit: () => undefined,
  actionExecutor: ({ type }: { type: string }) => {
    asked.push(type);
  },
} as unknown as Scope;

/** The snapshot after the event, and the names of the actions it asks for. */
function stepped(machine: AnyStateMachine, snapshot: AnyMachineSnapshot | undefined, event: AnyEventObject) {
  asked = [];
  const before = snapshot ?? machine.getInitialSnapshot(scope, {});
  const after = machine.transition(before, event, scope) as AnyMachineSnapshot;
  return { after, asked };
}

const message = { replyTo: null };

/** What the actions mean: who gets which event next. */
function sendsOf(name: string, id: string): readonly Send[] {
  if (name === 'ask') return [{ to: 'voter', event: { type: 'mayDelete', data: { id }, message } }];
  if (name === 'ok') return [{ to: 'owner', event: { type: 'voted', answer: { response: 'ok' }, about: null, message } }];
  return [];
}

/** Runs one saga to its end. Throws when it has not got there. */
export function sharedScopeSaga(id: string): void {
  const sends: Send[] = [{ to: 'owner', event: { type: 'delete', data: { id }, message } }];
  let owner: AnyMachineSnapshot | undefined;
  let removed = false;
  for (let send = sends.shift(); send !== undefined; send = sends.shift()) {
    const isOwner = send.to === 'owner';
    const { after, asked: names } = stepped(
      (isOwner ? sagaMachine : voteMachine) as AnyStateMachine,
      isOwner ? owner : undefined,
      send.event,
    );
    if (isOwner) owner = after;
    for (const name of names) {
      removed ||= name === 'remove';
      sends.push(...sendsOf(name, id));
    }
  }
  if (!removed || owner?.status !== 'done') throw new Error('a saga has not come to its end');
}
