/**
 * The questions of the protocol in a specification: a question as an owner sends the question, and
 * what the answer of the service says.
 *
 * - One saga for each operation: a decision belongs to the questions that were asked before about
 *   the same operation.
 */
import { readAnswers } from '../../actors/consent/answers.ts';
import { ledgerStoreName } from '../../actors/consent/ledger/store.ts';
import { idsInBody } from '../../actors/consent/node-ids.ts';
import { consentHeaders } from '../../actors/consent/saga-headers.ts';
import { verbOf } from '../../actors/consent/verbs.ts';
import { readPart } from '../../actors/deletion-plan/part.ts';
import { isJsonObject } from '../../config/json.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import { readsOf, type SpecConsent } from './consent-rows.ts';
import { fail, only, same, shown } from './expectation.ts';
import { caller, message } from './spec-messages.ts';
import { received, type SpecService, settledService } from './spec-service.ts';

/** Questions of owners, and the requests of clients that an owner answers with consent. */
export type Question =
  | 'mayDelete'
  | 'mayUpdate'
  | 'deleting'
  | 'updating'
  | 'wouldDelete'
  | 'delete'
  | 'plan';

/** What comes with an `ok`. A member that is left out is not looked at. */
export interface WithOk {
  /** The writes of the step to the tables of the service, in their order. */
  readonly writes?: readonly Write[];
  /** Ids of the rows and nodes that a plan would take, in any order. */
  readonly takes?: readonly string[];
}

const voteDeadlineMs = 10_000;

export function asked(world: SpecService, question: Question, ids: readonly string[]): SpecService {
  const { name, may, doing } = verbOf(question);
  const consent = consentOf(world);
  if (question !== may && question !== doing) return sent(world, question, ids);
  const isNew = (id: string) => !consent.asked[name].includes(id);
  if (question === doing && ids.some(isNew))
    return asked(agreed(world, may, ids.filter(isNew)), doing, ids);
  const known = [...consent.asked[name], ...ids.filter(isNew)];
  const after = sent(world, question, ids);
  return withConsent(after, { ...consent, asked: { ...consent.asked, [name]: known } });
}

/** The service after its `ok`, without which no owner decides. */
function agreed(world: SpecService, may: Question, ids: readonly string[]): SpecService {
  const promised = asked(world, may, ids);
  const { reasons } = answerIn(promised);
  if (reasons.length > 0)
    fail(
      `a decision comes after the ok of everybody, and the answer to '${may}' is a no: ${reasons.join('; ')}`,
    );
  return settledService(promised);
}

function withConsent(world: SpecService, consent: SpecConsent): SpecService {
  const reads = readsOf(consent);
  const actors = [...world.actors].map(([id, actor]) => [id, { ...actor, reads }] as const);
  return { ...world, consent, reads, actors: new Map(actors) };
}

function consentOf({ consent, service }: SpecService): SpecConsent {
  return (
    consent ??
    fail(
      `'${service.name}' is asked nothing: begin with a definition of defineParticipant or defineOwner`,
    )
  );
}

function sent(world: SpecService, question: Question, ids: readonly string[]): SpecService {
  const data = { id: idsInBody(ids) as Json };
  const replyTo = caller(`asked-${world.ids + 1}`);
  if (question === 'delete' || question === 'plan')
    return received(world, message(question, data, { replyTo }));
  const { settings } = consentOf(world).service;
  const saga = `spec-${question === 'wouldDelete' ? 'plan' : verbOf(question).name}`;
  const headers = consentHeaders({ saga, epoch: 0, hops: 0, deadlineMs: voteDeadlineMs });
  const exchange = exchangeFor(world, ids);
  const routingKey = settings.service;
  return received(world, message(question, data, { replyTo, headers, exchange, routingKey }));
}

/** The exchange of the owner: of the entity that the rows name, else of the first entity. */
function exchangeFor(world: SpecService, ids: readonly string[]): string {
  const { settings, dependences, rows } = consentOf(world).service;
  const found = dependences.find(({ entity, by }) =>
    rows[entity]?.some((row) => ids.includes(String(row[by]))),
  );
  const upstream =
    settings.upstreams.find(({ entity }) => entity === found?.entity) ?? settings.upstreams[0];
  return upstream?.exchange ?? fail(`'${settings.service}' depends on no entity`);
}

/** The answer of the last step. Without reasons the answer is `ok`. */
function answerIn(world: SpecService): {
  readonly body: Json;
  readonly reasons: readonly string[];
} {
  const [effect] = only(world.effects, 'reply');
  const body = effect?.reply.body;
  if (body === undefined) {
    const questions = only(world.effects, 'ask').map(({ question }) => question);
    return fail(`the last step gave no answer; asked were ${shown(questions)}`);
  }
  return { body, reasons: [...new Set(reasonsIn(body))] };
}

function reasonsIn(body: Json): readonly string[] {
  if (isJsonObject(body) && isJsonObject(body['error'])) {
    const { refusals, message: text } = body['error'];
    return reasonsOf(refusals) ?? [String(text)];
  }
  if (isJsonObject(body) && 'outcome' in body)
    return body['outcome'] === 'agreed'
      ? []
      : (reasonsOf(body['votes']) ?? [String(body['outcome'])]);
  // A request that was done is answered with an empty object.
  const answers =
    isJsonObject(body) && isJsonObject(body['results']) ? Object.values(body['results']) : [body];
  return answers.flatMap((one) =>
    [...readAnswers(one ?? null, ['']).values()].flatMap(({ response, reason = '', refusals }) => {
      if (response === 'ok') return [];
      return refusals.length > 0 ? refusals.map((refusal) => refusal.reason) : [reason];
    }),
  );
}

function reasonsOf(entries: Json | undefined): readonly string[] | undefined {
  if (!Array.isArray(entries)) return undefined;
  const reasons = entries.flatMap((entry: Json) =>
    isJsonObject(entry) && typeof entry['reason'] === 'string' ? [entry['reason']] : [],
  );
  return reasons.length === 0 ? undefined : reasons;
}

export function expectOk(world: SpecService, { writes, takes }: WithOk): void {
  const { body, reasons } = answerIn(world);
  if (reasons.length > 0) fail(`expected an ok, found a no: ${reasons.join('; ')}`);
  if (writes !== undefined) {
    const found = only(world.effects, 'write').map(({ write }) => write);
    same(
      found.filter(({ store }) => store !== ledgerStoreName),
      writes,
      'writes',
    );
  }
  if (takes !== undefined) same(takenBy(body), takes.toSorted(), 'takes');
}

function takenBy(body: Json): readonly string[] {
  const root = isJsonObject(body) && 'outcome' in body ? body['nodes'] : undefined;
  const nodes = Array.isArray(root) ? root : readPart(body).nodes;
  return nodes.map((node: { readonly id?: Json }) => String(node.id)).toSorted();
}

/** `reason`: one of the reasons, whole; or a pattern that fits one of them. */
export function expectNo(world: SpecService, reason: string | RegExp): void {
  const { reasons } = answerIn(world);
  if (reasons.length === 0) fail(`expected a no because of ${reason}, found an ok`);
  const fits = (text: string) => (typeof reason === 'string' ? text === reason : reason.test(text));
  if (!reasons.some(fits)) fail(`expected the reason ${reason}, found ${reasons.join('; ')}`);
}
