/**
 * The section `cards` of an exchange config: the service keeps the cards. The section sets the time
 * limits of a deletion.
 */
import { type Static, Type } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { callerHeader } from '../../runtime/messages/caller-signature.ts';
import { Broken } from '../../runtime/ports/errors.ts';

const duration = (defaultMs: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, default: defaultMs, description }));

const defaults = {
  lock_ttl_ms: 60_000,
  lock_deadline_ms: 5_000,
  caller_deadline_ms: 30_000,
  files_wait_ms: 5_000,
  undelete_ms: 0,
} as const;

export const cardsSection = Type.Object(
  {
    lock_ttl_ms: duration(
      defaults.lock_ttl_ms,
      "A lock on a transaction's address ends by itself so many ms after the process that holds it was killed or paused.",
    ),
    lock_deadline_ms: duration(
      defaults.lock_deadline_ms,
      'A deletion that waits so many ms for a lock of another program says so in its history.',
    ),
    caller_deadline_ms: duration(
      defaults.caller_deadline_ms,
      'The caller of a sync delete waits so many ms; the deletion goes on.',
    ),
    files_wait_ms: duration(
      defaults.files_wait_ms,
      'A sync delete waits so many ms for the files of a removed card; then the answer names the open files under `partly`, and their removal goes on.',
    ),
    undelete_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 518_400_000,
        default: defaults.undelete_ms,
        description:
          'The content of a removed card of the kind `db` is kept so many ms, in which its owner can undelete the card. Its files can be restored as long as `file_remover.quarantine_ms` of the file remover says.',
      }),
    ),
    owner_header: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          'The header in which a trusted gateway names the caller. With the key only the caller creates, lists and deletes cards under its name, whatever the body says. Without the key the `owner` of the body counts. With `trust.callers` only `caller` is allowed, because no other header is signed.',
      }),
    ),
  },
  { additionalProperties: false, description: 'The service keeps the cards.' },
);

export type CardsSettings = {
  readonly lockTtlMs: number;
  readonly lockDeadlineMs: number;
  readonly callerDeadlineMs: number;
  readonly filesWaitMs: number;
  readonly undeleteMs: number;
  /** Null: the `owner` of the body counts. */
  readonly ownerHeader: string | null;
  /** Whether the user of a message is checked. */
  readonly provesUsers: boolean;
};

/**
 * @throws Broken `config-invalid` when callers are signed, and the owner stands in a header that is
 *   not signed.
 */
export function cardsSettings({
  sections,
  trust,
}: Pick<ExchangeConfig, 'sections' | 'trust'>): CardsSettings {
  const set = sections['cards'] as Static<typeof cardsSection> | undefined;
  const header = set?.owner_header ?? callerHeader;
  if (trust?.callers !== undefined && header !== callerHeader)
    throw new Broken(
      'config-invalid',
      `/cards/owner_header: found '${header}', allowed is '${callerHeader}', because the signatures ` +
        'of trust.callers cover no other header',
      { at: '/cards/owner_header' },
    );
  const given = { ...defaults, ...set };
  return {
    lockTtlMs: given.lock_ttl_ms,
    lockDeadlineMs: given.lock_deadline_ms,
    callerDeadlineMs: given.caller_deadline_ms,
    filesWaitMs: given.files_wait_ms,
    undeleteMs: given.undelete_ms,
    ownerHeader: set?.owner_header ?? null,
    provesUsers: trust !== undefined,
  };
}
