/**
 * The requests to a system outside that answers for a service, and the answers, as JSON. Pure.
 *
 * - One request is about all nodes of one question. One answer counts for all of them.
 * - A request has one identity on every try: the saga, the action, the nodes and the service; also
 *   the end of a retention, where the request tells of one.
 */
import { type Static, Type } from 'typebox';
import { checkSchema } from '../../runtime/messages/validation.ts';
import { identityBelow, identityOf } from '../../runtime/ports/identity.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { nodesTag } from '../consent/node-ids.ts';
import { boundedReason } from '../consent/reason-text.ts';
import { RetainedSchema } from '../consent/retained.ts';

/** The data of the service's message to itself after a call off. */
export const OutsideOffSchema = Type.Object(
  {
    saga: Type.String(),
    action: Type.Union([Type.Literal('notDeleted'), Type.Literal('notUpdated')]),
    entity: Type.String(),
    ids: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type OutsideOff = Static<typeof OutsideOffSchema>;

/** A request, without its identity. */
export type Told = {
  /** A message of the protocol, for example `mayDelete`. */
  readonly action: string;
  readonly saga: string;
  /** Name of the nodes' entity in the config's section `subscribe`. */
  readonly entity: string;
  readonly ids: readonly string[];
  /** Of a decision: a time until which the system kept something is over. */
  readonly retentionEnded?: true;
};

/** `id`: the same on every try. `dryRun`: the question is for a plan and has no effect. */
export type OutsideRequest = Told & {
  readonly id: string;
  readonly service: string;
  readonly dryRun: boolean;
};

export function outsideRequest(service: string, told: Told, dryRun = false): OutsideRequest {
  const { action, saga, ids } = told;
  return { id: identityOf(saga, nodesTag(ids), action, service), service, dryRun, ...told };
}

/** The end of a retention. `end`: of this end alone, because a saga may have several ends. */
export function retentionEndRequest(service: string, told: Told, end: string): OutsideRequest {
  const request = outsideRequest(service, told);
  return { ...request, id: identityBelow(request.id, 'retention', end), retentionEnded: true };
}

export const OutsideAnswerSchema = Type.Object({
  allowed: Type.Boolean(),
  /** Why not, for people. */
  reason: Type.Optional(Type.String()),
  /** When the reason ends. */
  until: Type.Optional(Type.String()),
  /** What is kept although the answer is yes. */
  retains: Type.Optional(Type.Array(RetainedSchema, { maxItems: 100 })),
});

/** The answer to a question. `nodeId`: the node of the reason. Default: the first asked node. */
export type OutsideAnswer = Static<typeof OutsideAnswerSchema> & { readonly nodeId?: string };

/**
 * The answer in a body; a long reason is cut. Throws `Refused('bad-message')` for a body in no form
 * of an answer.
 */
export function outsideAnswer(body: JsonObject): OutsideAnswer {
  checkSchema(OutsideAnswerSchema, body, '');
  const answer = body as OutsideAnswer;
  const { reason } = answer;
  return reason === undefined ? answer : { ...answer, reason: boundedReason(reason) };
}
