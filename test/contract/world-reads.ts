/**
 * The reads of the hierarchy and of the ledger, and those of the view of one service over both.
 */
import type { ConsentReads, SubscriptionNow } from '../../actors/consent/consent-reads.ts';
import { type LedgerReads, ledgerStoreName } from '../../actors/consent/ledger/store.ts';
import { consentView } from '../../actors/consent/reads/consent-view.ts';
import type { ConsentSettings } from '../../actors/consent/settings.ts';
import { treeDependants, treeNodes } from '../../actors/hierarchy/ports.ts';
import { type HierarchyReads, hierarchyStoreName } from '../../actors/hierarchy/store.ts';
import type { KeepRule } from '../../config/exchange-config.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';

export const classes = {
  objects: 'prsObject',
  tags: 'prsTag',
  alerts: 'prsAlert',
  methods: 'prsMethod',
} as const;
type Reference = ConsentSettings['references'][number];
/** The service whose view is read. Default: `objects`. */
type By = { readonly service?: string; readonly objectClass?: string; readonly baseNode?: string };
type OfConsent<Op extends keyof ConsentReads> = {
  args: ConsentReads[Op]['args'] & By;
  result: ConsentReads[Op]['result'];
};
type OfLedger = Pick<LedgerReads, 'engagementStates' | 'sagas'>;

/** The reads of the stores, and of the view over both. */
export interface WorldReads extends OfLedger {
  search: HierarchyReads['search'];
  page: HierarchyReads['page'];
  footprint: HierarchyReads['footprint'];
  adoptable: HierarchyReads['adoptable'];
  linked: HierarchyReads['linked'];
  subtree: HierarchyReads['subtree'];
  holders: HierarchyReads['holders'];
  subscriber: {
    args: LedgerReads['subscriber']['args'] & By;
    result: LedgerReads['subscriber']['result'];
  };
  detached: HierarchyReads['detached'];
  engagement: {
    args: OfConsent<'engagement'>['args'] & { readonly keep?: KeepRule };
    result: ConsentReads['engagement']['result'];
  };
  dependants: {
    args: OfConsent<'dependants'>['args'] & {
      readonly references: readonly Pick<Reference, 'attribute' | 'onDelete'>[];
      readonly keep?: KeepRule;
    };
    result: ConsentReads['dependants']['result'];
  };
  roster: OfConsent<'roster'>;
  place: OfConsent<'place'>;
  /** The read `subscriptions` of one node. */
  subscription: {
    args: { readonly nodeId: string; readonly subscriber: string } & By;
    result: SubscriptionNow;
  };
  orphanedLinks: OfConsent<'orphanedLinks'>;
}

const ledgerReads: ReadonlySet<string> = new Set(['engagementStates', 'sagas', 'subscriber']);
const treeReads: ReadonlySet<string> = new Set([
  'search',
  'page',
  'footprint',
  'adoptable',
  'detached',
  'linked',
  'subtree',
  'holders',
]);

/** One read. `read`: of one of the stores. */
export async function worldRead<Op extends keyof WorldReads>(
  read: (read: Read) => Promise<Json>,
  op: Op,
  args: WorldReads[Op]['args'],
): Promise<WorldReads[Op]['result']> {
  return (await performed(read, op, args as Json)) as unknown as WorldReads[Op]['result'];
}

async function performed(
  read: (read: Read) => Promise<Json>,
  op: keyof WorldReads,
  args: Json,
): Promise<Json> {
  if (ledgerReads.has(op)) return read({ store: ledgerStoreName, op, args });
  if (treeReads.has(op)) return read({ store: hierarchyStoreName, op, args });
  const {
    service = 'objects',
    baseNode = service,
    references = [],
    objectClass,
    keep,
  } = args as By & Pick<Partial<ConsentSettings>, 'references' | 'keep'>;
  const ofService: Readonly<Record<string, string>> = classes;
  const kept = keep === undefined ? {} : { keep };
  const given = {
    service,
    baseNode,
    references,
    objectClass: objectClass ?? ofService[service],
    ...kept,
  };
  const settings = given as unknown as ConsentSettings;
  const ports = {
    service,
    upstreams: [],
    nodes: treeNodes(settings),
    dependants: treeDependants(settings),
  };
  const view = consentView(ports, [hierarchyStoreName]);
  if (op !== 'subscription') return view.read(op, args, read);
  const { nodeId, subscriber } = args as WorldReads['subscription']['args'];
  const found = await view.read('subscriptions', { nodeIds: [nodeId], subscriber }, read);
  return (found as readonly Json[])[0] ?? null;
}
