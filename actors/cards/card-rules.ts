/**
 * The permissions to create and to delete a card, and the meaning of the transactions service's
 * answers. Pure.
 *
 * 1. Only the owner creates, deletes and undeletes a card, also a removed card. A refusal names the
 *    card and never the owner. Exception: a tombstone without an owner says to all that the card is
 *    gone.
 * 2. A card of the kind `erc` names a token that can be named, and a card of the kind `db` names none.
 * 3. A card lists only files that can be named exactly.
 * 4. A refusal of the transactions service is final and calls the deletion off. An error of the
 *    service itself (500 and above) is none: the question is repeated for ever, at first after a
 *    second, in the end once a minute.
 */
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { type Token, tokenProblem } from '../chain/token.ts';
import { fileUrlProblem } from '../file-remover/file-url.ts';
import type { CreateCard } from './messages.ts';
import { type Card, type CardLookup, unknownOwner } from './store.ts';

export type DeletionVerdict =
  | { readonly kind: 'admitted'; readonly card: Card }
  /** The card was deleted before. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly error: Refused };

export function judgeDeletion(
  { card, tombstone }: CardLookup,
  id: string,
  by: string | Refused,
  verb: 'delete' | 'undelete' = 'delete',
): DeletionVerdict {
  if (typeof by !== 'string') return refused(by);
  const known = card ?? tombstone;
  if (known === null)
    return refused(new Refused('not-found', `there is no card '${id}'`, { at: '/data/id' }));
  if (card === null && known.owner === unknownOwner) return { kind: 'gone' };
  if (known.owner !== by)
    return refused(
      new Refused('not-permitted', `only the owner of the card '${id}' may ${verb} it`, {
        at: '/data/owner',
      }),
    );
  if (card === null) return { kind: 'gone' };
  return { kind: 'admitted', card };
}

function refused(error: Refused): DeletionVerdict {
  return { kind: 'refused', error };
}

/** `burns`: whether the config says where tokens are burned. */
function tokenRefusal(
  kind: 'db' | 'erc',
  token: Token | undefined,
  burns: boolean,
): Refused | undefined {
  const at = '/data/token';
  if (kind === 'db')
    return token === undefined
      ? undefined
      : new Refused('bad-message', 'a card of the kind db has no token', { at });
  if (!burns)
    return new Refused(
      'not-supported',
      "cards of the kind 'erc' are not supported: the config has no key publish.chains",
      { at: '/data/kind' },
    );
  if (token === undefined)
    return new Refused('bad-message', 'a card of the kind erc needs its token', { at });
  const problem = tokenProblem(token);
  return problem === undefined ? undefined : new Refused('bad-message', problem, { at });
}

/** JSON text of characters that a database cannot store: U+0000 and half a surrogate pair. */
const unstorable = /(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

export function creationRefusal(
  { kind = 'db', token, metadata = {} }: CreateCard,
  burns: boolean,
): Refused | undefined {
  const refusal = tokenRefusal(kind, token, burns);
  if (refusal !== undefined) return refusal;
  if (unstorable.test(JSON.stringify(metadata)))
    return new Refused('bad-message', 'the metadata hold a character that cannot be stored', {
      at: '/data/metadata',
    });
  return filesRefusal(metadata.must_be_deleted_files ?? []);
}

/**
 * A URL that does not name a file exactly is refused now, because its removal would be refused
 * later.
 */
function filesRefusal(urls: readonly string[]): Refused | undefined {
  const problems = urls.map(fileUrlProblem);
  const index = problems.findIndex((problem) => problem !== undefined);
  if (index < 0) return undefined;
  return new Refused(
    'bad-message',
    `'${urls[index]}' does not name exactly one file: ${problems[index]}`,
    { at: `/data/metadata/must_be_deleted_files/${index}` },
  );
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !isArray(value) ? value : undefined;
}

/** `Array.isArray` does not take a readonly list out of a union. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The transactions service's reason for a refusal; undefined when the answer agrees. */
export function transactionRefusal(answer: Json): JsonObject | undefined {
  if (answer === 'ok' || answer === true) return undefined;
  const body = objectOf(answer) ?? {};
  if (body['response'] === 'ok') return undefined;
  const message = String(body['message'] ?? JSON.stringify(answer));
  return objectOf(body['error']) ?? { code: 409, name: 'refused', message };
}

/**
 * False for an error of the transactions service itself, because the error says nothing about the
 * question.
 */
export function isFinal(refusal: JsonObject): boolean {
  const { code } = refusal;
  return typeof code !== 'number' || code < 500;
}

/** 501: the chain is not configured, and no repetition changes that. */
export function isFinalForToken(refusal: JsonObject): boolean {
  return isFinal(refusal) || refusal['code'] === 501;
}

/** The end of a file's quarantine; undefined for a file that is not in quarantine. */
export function quarantineEndMs(answer: Json): number | undefined {
  const untilMs = objectOf(objectOf(answer)?.['quarantined'])?.['untilMs'];
  return typeof untilMs === 'number' ? untilMs : undefined;
}

/** The reason why a file is still there; undefined when the file remover has removed the file. */
export function fileRefusal(answer: Json): string | undefined {
  const error = objectOf(answer)?.['error'];
  return error === undefined ? undefined : String(objectOf(error)?.['message'] ?? error);
}

const resendDelaysMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;

/** Milliseconds before a question is repeated; `attempt` is 0 for the first wait. */
export function resendDelayMs(attempt: number): number {
  return resendDelaysMs[attempt] ?? 60_000;
}

/** Milliseconds before the open removals are asked for again: a minute, then longer, at most an hour. */
export function filesResendDelayMs(attempt: number): number {
  return Math.min(60_000 * 2 ** Math.min(attempt, 6), 3_600_000);
}
