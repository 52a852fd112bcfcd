/**
 * Who may say what, by the users of the broker: pure rules over the section `trust` of a config.
 *
 * - proven: a user counts as the broker has checked it. `app_id` is a claim, and a claim is compared
 *   with the users of the claimed service.
 * - closed: a name that the section does not list is no service. So a client cannot subscribe under
 *   a name of its own, and stop deletions by silence.
 * - unknown: a message without a user is refused, or counts as without the section. An operator
 *   always needs a user.
 */
import { isJsonObject } from '../../config/json.ts';
import type { Trust } from '../../config/trust-schema.ts';
import { Refused } from '../ports/errors.ts';
import type { AskRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { MessageInfo } from './message-events.ts';
import type { IncomingMessage, MessageRoute } from './service-definition.ts';

type Sender = Pick<MessageInfo, 'from' | 'user'>;

function listed(
  lists: Readonly<Record<string, readonly string[]>>,
  name: string,
): readonly string[] | undefined {
  return Object.hasOwn(lists, name) ? lists[name] : undefined;
}

/** Whether the user may speak as the service. */
export function speaksAs({ services }: Trust, user: string, service: string): boolean {
  return listed(services, service)?.includes(user) ?? false;
}

/** A listed service is claimed by its own users only. Another name may be a client's. */
function falseClaim(trust: Trust, from: string | null, user: string): string | undefined {
  if (from === null || listed(trust.services, from) === undefined) return undefined;
  return speaksAs(trust, user, from) ? undefined : from;
}

function isClient({ clients, operators }: Trust, user: string, action: string): boolean {
  if (clients === undefined || operators.includes(user)) return true;
  const users = listed(clients, action) ?? listed(clients, '*') ?? [];
  return users.includes(user);
}

/** The services in whose name a message speaks. */
function spokenFor(route: MessageRoute, message: IncomingMessage): readonly string[] {
  return route.speaksFor?.(message) ?? (message.from === null ? [] : [message.from]);
}

function problemOf(
  trust: Trust,
  route: MessageRoute,
  message: IncomingMessage,
): string | undefined {
  const { sender = 'client' } = route;
  const { user, from, action } = message;
  if (user === null) {
    const mayBeUnknown = trust.unknown === 'allow' && sender !== 'operator';
    return mayBeUnknown ? undefined : 'it names no user (user_id)';
  }
  const claimed = falseClaim(trust, from, user);
  if (claimed !== undefined) return `user '${user}' may not speak as ${claimed}`;
  if (sender === 'operator')
    return trust.operators.includes(user) ? undefined : `user '${user}' is no operator`;
  if (sender === 'client')
    return isClient(trust, user, action) ? undefined : `user '${user}' is no client of it`;
  const services = spokenFor(route, message);
  if (services.length === 0) return 'it names no service (app_id)';
  const foreign = services.find((service) => !speaksAs(trust, user, service));
  return foreign === undefined ? undefined : `user '${user}' may not speak as ${foreign}`;
}

/** Throws `Refused('not-permitted')` for a message that its sender may not send. */
export function checkSender(
  trust: Trust,
  service: string,
  route: MessageRoute,
  message: IncomingMessage,
): void {
  const problem = problemOf(trust, route, message);
  if (problem === undefined) return;
  throw new Refused('not-permitted', `${service} does not take '${message.action}': ${problem}`);
}

/** Why an answer of this user does not count. The user must be a user of one of `services`. */
function answerProblem(
  trust: Trust,
  { from, user }: Sender,
  services: readonly string[],
): string | undefined {
  if (user === null) return trust.unknown === 'allow' ? undefined : 'it names no user (user_id)';
  const claimed = falseClaim(trust, from, user);
  if (claimed !== undefined) return `user '${user}' may not speak as ${claimed}`;
  if (services.some((service) => speaksAs(trust, user, service))) return undefined;
  return `user '${user}' may not speak as ${services.join(', ') || 'any service'}`;
}

/** The services that an answer may come from: those asked, of which the body may name one. */
function answerers(
  { services }: Trust,
  { of: asked }: Pick<AskRow, 'of'>,
  { from }: Sender,
  body: Json,
): readonly string[] {
  const possible = asked ?? (from === null ? Object.keys(services) : [from]);
  const named = isJsonObject(body) ? body['service'] : undefined;
  return typeof named === 'string' && possible.includes(named) ? [named] : possible;
}

/** The error for an answer of a user that may not give it; undefined for an answer that counts. */
export function foreignAnswer(
  trust: Trust | undefined,
  question: Pick<AskRow, 'of'>,
  sender: Sender,
  body: Json,
): Refused | undefined {
  if (trust === undefined) return undefined;
  const problem = answerProblem(trust, sender, answerers(trust, question, sender, body));
  return problem === undefined
    ? undefined
    : new Refused('not-permitted', `an answer does not count: ${problem}`);
}
