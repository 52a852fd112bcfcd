/**
 * The measured saga by hand: its own machines, stepped through one shared inert scope, and a loop that knows what each named action means.
 * No exchange, no envelope, no turn, no journal: what XState itself takes when no live actor is made.
 */
import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createMachine,
} from 'xstate';
import { sagaMachine, voteMachine } from './measured-saga.ts';

type Scope = Parameters<AnyStateMachine['transition']>[2];

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
function stepped(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot | undefined,
  event: AnyEventObject,
) {
  asked = [];
  const before = snapshot ?? machine.getInitialSnapshot(scope, {});
  const after = machine.transition(before, event, scope) as AnyMachineSnapshot;
  return { after, asked };
}

/** The runtime's members of an event, as far as these machines read them. */
const members = { message: { replyTo: null } };

/** One saga, step by step: the owner takes an event, and the voter it asks, if it asks one, gives its vote, which is the next event. */
export class SharedScopeSaga {
  readonly #id: string;
  #owner: AnyMachineSnapshot | undefined;
  #event: AnyEventObject;

  constructor(id: string) {
    this.#id = id;
    this.#event = { type: 'delete', data: { id }, $: members };
  }

  /** The owner's state after the next step, and whether it has removed its item. Throws where the machines do not do what they should. */
  next(): { readonly value: unknown; readonly context: unknown; readonly removed: boolean } {
    const { after, asked: names } = stepped(
      sagaMachine as AnyStateMachine,
      this.#owner,
      this.#event,
    );
    this.#owner = after;
    const removed = names.includes('remove');
    if (!removed && !names.includes('ask'))
      throw new Error('a saga neither asks nor comes to its end');
    if (!removed) this.#vote();
    return { value: after.value, context: after.context, removed };
  }

  #vote(): void {
    const { asked: names } = stepped(voteMachine as AnyStateMachine, undefined, {
      type: 'mayDelete',
      data: { id: this.#id },
      $: members,
    });
    if (!names.includes('ok')) throw new Error('a voter has not answered');
    this.#event = { type: 'voted', answer: { response: 'ok' }, about: null, $: members };
  }
}

/** Runs one saga to its end. */
export function sharedScopeSaga(id: string): void {
  const saga = new SharedScopeSaga(id);
  while (!saga.next().removed);
}
