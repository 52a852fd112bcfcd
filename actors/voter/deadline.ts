/**
 * The delays of a voter in doubt, and the inquiry that the voter then sends to the owners. Pure.
 *
 * A voter is in doubt when it has promised nodes and the owner has not decided by the deadline.
 * Each inquiry has its own message id, so an earlier answer is never repeated.
 */
import { identityBelow, identityOf } from '../../runtime/ports/identity.ts';
import type { Ask } from '../../runtime/step/effects.ts';
import { toOwner } from '../consent/action-names.ts';
import { idsInParts, nodesTag } from '../consent/node-ids.ts';
import { consentHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings, Upstream } from '../consent/settings.ts';
import { type Verb, verbOf, verbs } from '../consent/verbs.ts';
import type { OwnerAnswerEvent, Unproven } from './context.ts';
import { type AskedNode, undecided, type VoterPart } from './part.ts';

/** The time between the deadline and the first inquiry. */
const doubtMs = 5_000;
const inquiryMaxMs = 300_000;

/**
 * Milliseconds until the next inquiry. The first inquiry comes 5 s after the deadline; later
 * delays double up to 5 min.
 */
export function inquiryDelayMs(remainingMs: number, inquiries: number): number {
  return inquiries === 0 ? remainingMs + doubtMs : Math.min(inquiryMaxMs, doubtMs * 2 ** inquiries);
}

type Doubt = VoterPart & {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly hops: number;
  readonly inquiries: number;
  readonly unproven?: readonly Unproven[];
};

/**
 * The inquiries (`isDeleting`, `isUpdating`) to each owner, about the undecided nodes of the owner:
 * each inquiry names at most `questionIdsMax` nodes, and concerns either unproven decisions or
 * promises. An inquiry names no node of another owner: the asked owner does not know the node, and
 * would answer that the saga is called off. An inquiry about promises tells the hops of its
 * questions, so all its nodes were asked with the same hops.
 */
export function inquiryMessages(settings: ConsentSettings, doubt: Doubt): readonly Ask[] {
  return settings.upstreams.flatMap((upstream) => {
    const promised = undecided(doubt).filter(({ exchange }) => exchange === upstream.exchange);
    const parts = (of: readonly string[]) => idsInParts(of, settings.questionIdsMax);
    const proofs = proofsWanted(doubt, upstream).flatMap(({ ids: open, ...kind }) =>
      parts(open).map((part) => {
        const { name: verb } = verbOf(kind.unproven);
        return inquiryMessage(settings, { ...doubt, verb }, upstream, { ids: part, ...kind });
      }),
    );
    return [
      ...byHops(promised).flatMap(([questionHops, ids]) =>
        parts(ids).map((part) =>
          inquiryMessage(settings, doubt, upstream, { ids: part }, questionHops),
        ),
      ),
      ...proofs,
    ];
  });
}

function byHops(
  nodes: readonly AskedNode[],
): readonly (readonly [questionHops: number | undefined, ids: readonly string[]])[] {
  return [...new Set(nodes.map(({ hops }) => hops))].map((questionHops) => [
    questionHops,
    nodes.flatMap(({ id, hops }) => (hops === questionHops ? [id] : [])),
  ]);
}

type Proof = OwnerAnswerEvent['about'] & Required<Pick<OwnerAnswerEvent['about'], 'unproven'>>;

/** What this owner must confirm: all unproven decisions of one type are asked about as one. */
function proofsWanted({ unproven = [] }: Doubt, { exchange }: Upstream): readonly Proof[] {
  const open = unproven.filter(
    ({ message, state }) => state === 'open' && message.exchange === exchange,
  );
  const kinds: readonly Omit<Proof, 'ids'>[] = [
    { unproven: 'deleting' },
    { unproven: 'deleting', retentionEnded: true },
    { unproven: 'updating' },
  ];
  return kinds.flatMap((kind) => {
    const those = open.filter(
      ({ type, retentionEnded }) =>
        type === kind.unproven && retentionEnded === kind.retentionEnded,
    );
    const ids = [...new Set(those.flatMap((one) => one.open))];
    return ids.length === 0 ? [] : [{ ...kind, exchange, ids }];
  });
}

function inquiryMessage(
  { service }: ConsentSettings,
  { saga, verb, hops, inquiries }: Doubt,
  { owner, entity }: Upstream,
  about: OwnerAnswerEvent['about'],
  questionHops?: number,
): Ask {
  const { ids, retentionEnded = false } = about;
  const action = verbs[verb].is;
  const messageId = identityOf(
    ...[saga, nodesTag(ids), action, entity, service, String(inquiries + 1)],
  );
  const id = ids.length === 1 ? (ids[0] as string) : ids;
  return {
    ...toOwner(owner, action),
    data: retentionEnded ? { id, retention_ended: true } : { id },
    messageId: retentionEnded ? identityBelow(messageId, 'retention') : messageId,
    headers: consentHeaders({ saga, epoch: 0, hops, deadlineMs: null, questionHops }),
    answer: 'ownerAnswer',
    about,
  };
}
