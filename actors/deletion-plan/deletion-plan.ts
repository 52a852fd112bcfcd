/**
 * The vocabulary of a deletion plan: the context and the events of its machine.
 */
import type {
  AnswerEvent,
  MessageEvent,
  ReadEvent,
} from '../../runtime/messages/message-events.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import type { Subscription } from '../consent/ledger/store.ts';
import type { NodesData } from '../consent/node-ids.ts';
import type { Footprint } from '../consent/nodes.ts';
import type { Dependants } from '../consent/objections.ts';
import type { WouldDeleteData } from '../consent/plan-question.ts';
import type { PlannedDetachment, PlannedNode, PlannedVote } from '../consent/plan-schema.ts';
import type { Engagement } from '../consent/start-problems.ts';
import type { Heard } from './forecast.ts';

export type PlanEvent = MessageEvent<NodesData, Engagement, 'plan'>;
export type QuestionEvent = MessageEvent<WouldDeleteData, Dependants, 'wouldDelete'>;
type FootprintEvent = ReadEvent<readonly Footprint[], 'footprint'>;
type EstimateEvent = AnswerEvent<{ readonly key: string }, 'estimated' | 'estimated.unroutable'>;
export type Events = PlanEvent | QuestionEvent | FootprintEvent | EstimateEvent;

export type Context = {
  /** The id of the plan, the same in every part of the plan. */
  readonly plan: string;
  /** The id of this part. */
  readonly part: string;
  readonly ids: readonly string[];
  readonly requester: ReplyAddress | null;
  /** The ids of the nodes that would be deleted before the nodes of this part. */
  readonly path: readonly string[];
  readonly hops: number;
  readonly deadlineMs: number;
  readonly atMs: number;
  readonly nodes: readonly PlannedNode[];
  /** References of this service's nodes that would be taken out. Absent: none. */
  readonly detached?: readonly PlannedDetachment[];
  readonly subscriptions: readonly Subscription[];
  readonly heard: readonly Heard[];
  /** What this service would keep of its rows, by node. Absent: nothing. */
  readonly retained?: Dependants['retained'];
  /** The root's own votes against the deletion. */
  readonly against?: readonly PlannedVote[];
  /** Whether a client asked for the plan, not another part. */
  readonly isRoot: boolean;
};
export type Args = { context: Context; event: Events };
