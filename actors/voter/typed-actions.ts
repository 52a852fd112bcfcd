/**
 * The typed action makers that all files of the voter's actions share.
 *
 * - `assign` and `enqueueActions` of `typedActions` know the context, the events and the inner saga
 *   of the voter's machine, and the parameters of each enqueued action by its name.
 * - An enqueued action is looked up by its name in the machine at run time. So a replacement given
 *   with `machine.provide` takes effect for every action that enqueues the replaced action.
 */
import { setup } from 'xstate';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import type { DetachedReference } from '../consent/nodes.ts';
import type { Args, Context, Events, PromiseParams, VoterActors } from './context.ts';
import type { OpenQuestion } from './part.ts';

/** The body of an answer, and the reply address that the answer goes to. */
export type AnswerParams = { to: OpenQuestion['to'] | null; body: Json };

/** The nodes for which this service has done its part, and the time. */
export type FulfilParams = { nodeIds: readonly string[]; atMs: number };

/** The writes that clean up rows, and the versions of the links to the nodes of the rows. */
export type CleanParams = {
  writes: readonly Write[];
  links: Readonly<Record<string, number>>;
};

/** The nodes for which this service has done its part, and the references to these nodes. */
export type DetachParams = {
  nodeIds: readonly string[];
  references: readonly DetachedReference[];
};

type Action<Params = undefined> = (args: Args, params: Params) => void;

/** The actions that other actions enqueue by name. */
type Enqueued = {
  readonly answer: Action<AnswerParams>;
  readonly note: Action<JsonObject>;
  readonly promise: Action<PromiseParams>;
  readonly clean: Action<CleanParams>;
  readonly fulfil: Action<FulfilParams>;
  readonly findReferences: Action;
  readonly detach: Action<DetachParams>;
  readonly announceDetached: Action<DetachParams>;
  readonly release: Action;
  readonly inquire: Action;
  readonly answerWhatIsDone: Action;
  readonly fulfilAndAnswer: Action;
  readonly promiseAsked: Action;
  readonly refuseAsked: Action;
  readonly park: Action;
  readonly unpark: Action;
  readonly findProven: Action;
  readonly dismiss: Action;
};

export const types = {} as {
  context: Context;
  events: Events;
  input: { readonly key: string; readonly $: Stamp };
};

export const typedActions = setup({
  types,
  actors: {} as VoterActors,
  actions: {} as Enqueued,
});
