/**
 * The rules of an operator's override: the parts of a saga that an override concerns, the reasons to
 * refuse an override, and the answer to the operator. Pure; `saga-operation-machine.ts` asks.
 */
import { assertEvent } from 'xstate';
import { isJsonObject } from '../../config/json.ts';
import type {
  AnswerEvent,
  MessageEvent,
  MessageInfo,
} from '../../runtime/messages/message-events.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { ConsentReads } from '../consent/consent-reads.ts';
import type { SagaPart } from '../consent/ledger/store.ts';
import type { Operation, Operator, PartOperation } from '../consent/operations.ts';
import { type LeftBehind, leftBehindOf, leftBehindText } from '../consent/unanswered.ts';

type OperationData = {
  readonly saga?: string;
  readonly voter?: string;
  /** The subscriber of `retire`. */
  readonly service?: string;
  /** Of `retire`: whether nodes may be left behind. */
  readonly force?: boolean;
} & Operator;
type Subscriber = ConsentReads['retirement']['result'];
export type OperationEvent = MessageEvent<
  OperationData,
  readonly SagaPart[] | Subscriber,
  PartOperation
>;
type About = {
  readonly saga: string;
  readonly actor: string;
};
type OperatedEvent = AnswerEvent<About, 'operated' | 'operated.unroutable'>;
export type Events = OperationEvent | OperatedEvent;

type Outcome = About & {
  readonly error: JsonObject | null;
};
export type Context = {
  readonly operation: PartOperation;
  readonly data: OperationData;
  readonly message: MessageInfo | null;
  /** The parts that get the override. */
  readonly parts: readonly SagaPart[];
  /** The ids of the sagas that had decided before `retire`. */
  readonly decided: readonly string[];
  /** The ids of the nodes whose lists `retire` takes the subscriber off. */
  readonly retired: readonly string[];
  /** The nodes that `retire` leaves behind; null without such a node. */
  readonly leaves: LeftBehind | null;
  readonly outcomes: readonly Outcome[];
};
export type Args = { context: Context; event: Events };

export const operations = ['cancel', 'skip', 'release', 'retire'] as const;
export const answers = ['operated', 'operated.unroutable'] as const;

export function isDecided({ states }: SagaPart): boolean {
  return states.includes('decided');
}

/**
 * The parts with the voter on a list. A voter that was retired, or whose nodes another service has
 * adopted, is on no list any more; then all decided parts, because they may still wait for the
 * voter.
 */
function partsThatWait(parts: readonly SagaPart[], voter: string | undefined): readonly SagaPart[] {
  const listed = parts.filter(({ subscribers }) => subscribers.includes(voter ?? ''));
  return listed.length > 0 ? listed : parts.filter(isDecided);
}

/**
 * The parts that an operation concerns. `cancel` concerns the owners, if this service has an owner's
 * part. `skip` concerns the parts that wait for the voter. `release` concerns every part; only a
 * voter's part has a promise to release. `retire` concerns the parts that have not decided.
 */
export function partsFor(
  operation: PartOperation,
  read: OperationEvent['$']['read'],
  voter: string | undefined,
): readonly SagaPart[] {
  if (!('length' in read)) return read.sagas.filter((part) => !isDecided(part));
  if (operation === 'skip') return partsThatWait(read, voter);
  if (operation === 'release') return read;
  const owners = read.filter(({ role }) => role === 'owner');
  return owners.length > 0 ? owners : read;
}

/** Nodes that are left behind forbid every deletion of the nodes above. */
function retireProblem(
  service: string,
  { service: subscriber = '', force = false }: OperationData,
  { nodeIds, below }: Subscriber,
): JsonObject | undefined {
  if (nodeIds.length === 0) {
    const message = `'${subscriber}' is subscribed to nothing of ${service}`;
    return { code: 404, name: 'not-found', message };
  }
  if (force || below.length === 0) return undefined;
  const leaves = leftBehindOf(below);
  const message =
    `'${subscriber}' would leave behind ${leftBehindText(leaves)} of ${service}; ` +
    'let another service adopt the nodes first, or retire with force';
  return { code: 409, name: 'in-use', message, leaves };
}

export function problemOf(
  service: string,
  { type, data, $: { read } }: OperationEvent,
): JsonObject | undefined {
  if (!('length' in read)) return retireProblem(service, data, read);
  if (read.length === 0)
    return {
      code: 404,
      name: 'not-found',
      message: `${service} has no part in a saga ${data.saga} that is under way`,
    };
  if (type !== 'skip' || partsFor(type, read, data.voter).length > 0) return undefined;
  const lists = [...new Set(read.flatMap(({ subscribers }) => subscribers))];
  return {
    code: 404,
    name: 'not-found',
    message: `nobody waits for '${data.voter}' here; on the lists are ${lists.join(', ') || 'none'}`,
  };
}

export function operationFor(
  context: Pick<Context, 'operation' | 'data'>,
  part: SagaPart,
): Operation {
  const { operation, data } = context;
  const why = operation === 'retire' ? `${data.service} was retired: ${data.why}` : data.why;
  return {
    operation: operation === 'retire' ? 'cancel' : operation,
    saga: part.saga,
    key: part.actor,
    by: data.by,
    ...(data.person === undefined ? {} : { person: data.person }),
    why,
    ...(data.voter === undefined ? {} : { voter: data.voter }),
  };
}

export function errorIn(service: string, { type, answer }: OperatedEvent): JsonObject | null {
  if (type === 'operated.unroutable')
    return { code: 503, name: 'not-reachable', message: `${service} cannot be reached` };
  const error = (isJsonObject(answer) ? answer['error'] : undefined) ?? null;
  if (error === null || isJsonObject(error)) return error;
  return { code: 500, name: 'broken', message: JSON.stringify(error) };
}

/** The saga of a `release` whose actor is gone. Only the saga's rows are left. */
export function abandonedIn(service: string, { context, event }: Args): readonly string[] {
  assertEvent(event, answers);
  const isLost =
    context.operation === 'release' && errorIn(service, event)?.['name'] === 'not-found';
  return isLost ? [event.about.saga] : [];
}

/**
 * The body of the answer to the operator. An error only if every part failed. `retire` never fails
 * here: the body lists the sagas that could not be called off as `waiting`.
 */
export function bodyOf({ outcomes, operation, retired, decided, leaves }: Context): Json {
  const failed = outcomes.filter(({ error }) => error !== null);
  const [first] = failed;
  const retiring = operation === 'retire';
  if (!retiring && first !== undefined && failed.length === outcomes.length)
    return { error: first.error };
  const calledOff = outcomes.filter(({ error }) => error === null).map(({ saga }) => saga);
  return retiring
    ? {
        retired: retired.length,
        calledOff,
        waiting: [...decided, ...failed.map(({ saga }) => saga)],
        ...(leaves === null ? {} : { leaves }),
      }
    : {};
}
