/**
 * The way of an answer to the asker of a question. Pure rules over the section `trust`.
 *
 * - Without `trust` an answer goes through the exchange of its question. When no queue takes the
 *   answer there, the answer goes straight to the queue that `reply_to` names.
 * - Known queues: with `trust`, a `reply_to` that names a queue of a service counts only from the
 *   users of the service. Otherwise a stranger would write there through the service that answers.
 *   Known are the names of the topology, and each name that begins with the name of a listed
 *   service and `_` or `.`.
 * - Never straight: an answer to a service goes through the reply exchange that the question names,
 *   else through the exchange of the question, and never by the default exchange.
 */
import { replyNameOf } from '../../config/implied.ts';
import type { QueueOwners } from '../../config/queue-owners.ts';
import type { Trust } from '../../config/trust-schema.ts';
import type { Delivery } from '../ports/envelope.ts';
import { Refused } from '../ports/errors.ts';
import type { Addressing } from '../ports/transport.ts';
import { speaksAs } from './trust.ts';

/** The header in which a question names the exchange of its answer. */
export const replyExchangeHeader = 'reply-exchange';

export interface AnswerWaysOptions {
  readonly trust: Trust | undefined;
  readonly addressing: Pick<Addressing, 'answerExchange'>;
  readonly queueOwners: QueueOwners;
}

export interface AnswerWay {
  readonly exchange: string;
  /** Whether the answer must not go straight to a queue when the exchange gives it back. */
  readonly neverStraight: boolean;
}

export class AnswerWays {
  readonly #options: AnswerWaysOptions;

  constructor(options: AnswerWaysOptions) {
    this.#options = options;
  }

  /** Why no answer goes to the `reply_to` of the message. Undefined: an answer has a way. */
  problemOf({ exchange, properties }: Delivery): Refused | undefined {
    const { trust } = this.#options;
    const { replyTo = '', userId } = properties;
    if (trust === undefined || replyTo === '') return undefined;
    const owner = this.#ownerOf(trust, replyTo);
    if (owner === undefined) return undefined;
    const isOwner =
      userId === undefined ? trust.unknown === 'allow' : speaksAs(trust, userId, owner);
    const user = userId === undefined ? 'a message without a user' : `user '${userId}'`;
    if (!isOwner) return refused(replyTo, `a queue of ${owner || 'a service'}, and not of ${user}`);
    if (exchange !== '' || reachesOwner(properties, owner)) return undefined;
    return refused(replyTo, `a queue of ${owner}, which takes no answer by the default exchange`);
  }

  /** The way of the answer to a question with a `reply_to`. */
  wayOf({ exchange, properties }: Delivery, replyTo: string): AnswerWay {
    const { trust, addressing } = this.#options;
    const owner = trust && this.#ownerOf(trust, replyTo);
    if (owner === undefined)
      return { exchange: addressing.answerExchange(exchange, replyTo), neverStraight: false };
    const isNamed = reachesOwner(properties, owner);
    return { exchange: isNamed ? replyNameOf(owner) : exchange, neverStraight: true };
  }

  #ownerOf({ services }: Trust, replyTo: string): string | undefined {
    const known = this.#options.queueOwners.get(replyTo);
    if (known !== undefined) return known;
    const listed = (name: string): boolean => Object.hasOwn(services, name);
    if (listed(replyTo)) return replyTo;
    for (let end = replyTo.length - 1; end > 0; end -= 1) {
      const mark = replyTo[end];
      if ((mark === '_' || mark === '.') && listed(replyTo.slice(0, end)))
        return replyTo.slice(0, end);
    }
    return undefined;
  }
}

/** Whether the question names the reply exchange of that service. No other exchange counts. */
function reachesOwner({ headers }: Delivery['properties'], owner: string): boolean {
  return headers?.[replyExchangeHeader] === replyNameOf(owner);
}

function refused(replyTo: string, problem: string): Refused {
  return new Refused('not-permitted', `reply_to '${replyTo}' names ${problem}`);
}
