/**
 * A small tree to test on, with nodes called by name, over the hierarchy and the ledger together: a write of a saga stands in one
 * transaction in both stores, as the consent actors write it.
 *
 * Names stand for ids: `idOf('boiler')` is the same id in every test and process.
 */
import { createHash } from 'node:crypto';
import {
  type LedgerWrites,
  ledgerRead,
  ledgerWrite,
  type UnheldSaga,
} from '../../actors/consent/ledger/store.ts';
import { changesOf, type ForeignNode } from '../../actors/consent/nodes.ts';
import {
  type Attributes,
  type HierarchyReads,
  type HierarchyWrites,
  hierarchyRead,
  hierarchyWrite,
} from '../../actors/hierarchy/store.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';
import { classes, type WorldReads, worldRead } from './world-reads.ts';

export interface HierarchyUnderTest {
  read(read: Read): Promise<Json>;
  /** In one transaction, to the stores that the writes name; what throws leaves nothing. */
  apply(writes: readonly Write[]): Promise<void>;
  /** The ledger's, in a transaction of its own. */
  prune(beforeMs: number, limit: number): Promise<number>;
}

/** How a kind of store is had. */
export interface HierarchyBench {
  /** Stores with nothing in them. */
  fresh(): Promise<HierarchyUnderTest>;
  /** Closes what is open and takes away what is stored. */
  end(): Promise<void>;
}

type ReadResult<Op extends keyof WorldReads> = WorldReads[Op]['result'];
type ReadArgs<Op extends keyof WorldReads> = WorldReads[Op]['args'];

/** Epochs of lists, with the versions of the nodes. */
export type Expected = {
  readonly epochs: Readonly<Record<string, number>>;
  readonly versions?: Readonly<Record<string, number>>;
};
type Freeze = Omit<LedgerWrites['freeze']['args'], 'above'>;
type Listing = Omit<LedgerWrites['subscribe']['args'], 'service' | 'above'> & {
  readonly id: string;
};
type ByOwner = { readonly [nodeId: string]: string };

/** How a node is added where that matters. */
export interface Adding {
  readonly attributes?: Attributes;
  readonly systemNode?: boolean;
  readonly dependsOn?: readonly string[];
  readonly despite?: readonly string[];
  readonly links?: Readonly<Record<string, number>>;
  readonly subscribed?: Readonly<Record<string, number>>;
}

export type ServiceName = keyof typeof classes;
export { classes };

export function idOf(name: string): string {
  return createHash('sha256')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

export class HierarchyWorld {
  readonly #store: HierarchyUnderTest;

  constructor(store: HierarchyUnderTest) {
    this.#store = store;
  }

  read<Op extends keyof WorldReads>(op: Op, args: ReadArgs<Op>): Promise<ReadResult<Op>> {
    return worldRead((read) => this.#store.read(read), op, args);
  }

  /** A write of one of the stores. */
  ledger<Op extends keyof LedgerWrites>(
    op: Op,
    args: LedgerWrites[Op]['args'],
    expect: LedgerWrites[Op]['expect'],
  ): Promise<void> {
    return this.apply(ledgerWrite(op, args, expect));
  }

  tree<Op extends keyof HierarchyWrites>(
    op: Op,
    args: HierarchyWrites[Op]['args'],
    expect: HierarchyWrites[Op]['expect'],
  ): Promise<void> {
    return this.apply(hierarchyWrite(op, args, expect));
  }

  /** A freeze with the locks of its nodes. */
  async freezing(args: Freeze, { epochs, versions = {} }: Expected): Promise<void> {
    const found = await this.#store.read(
      hierarchyRead('place', {
        baseNode: 'objects',
        references: [],
        parentId: args.nodeIds[0] ?? '',
      }),
    );
    const { above } = found as unknown as HierarchyReads['place']['result'];
    await this.apply(
      ledgerWrite('freeze', { ...args, above }, { epochs }),
      hierarchyWrite('lock', {}, { versions }),
    );
  }

  /** `promised` or `decide`, with the locks of its nodes. */
  async engage(
    op: 'promised' | 'decide',
    args: LedgerWrites['decide']['args'],
    { epochs, versions = {} }: Expected,
  ): Promise<void> {
    await this.apply(ledgerWrite(op, args, { epochs }), hierarchyWrite('lock', {}, { versions }));
  }

  /** A subscription in the ledger, with its node in the tree. */
  async listing(
    { id, ...subscription }: Listing,
    { epochs, versions = {} }: Expected,
  ): Promise<void> {
    const { node } = await this.read('subscription', subscription);
    const { nodeId, subscriber, generation, consent, routingKey } = subscription;
    const key = routingKey === undefined ? {} : { routingKey };
    const service = this.#owners[node?.objectClass ?? ''] ?? 'nobody';
    await this.apply(
      ledgerWrite('subscribe', { ...subscription, service, above: node?.above ?? [] }, { epochs }),
      hierarchyWrite('lock', {}, { versions }),
      hierarchyWrite('list', { id, nodeId, subscriber, generation, consent, ...key }, null),
    );
  }

  readonly #owners: ByOwner = Object.fromEntries(
    Object.entries(classes).map(([service, objectClass]) => [objectClass, service]),
  );

  apply(...writes: readonly Write[]): Promise<void> {
    return this.#store.apply(writes);
  }

  prune(beforeMs: number, limit: number): Promise<number> {
    return this.#store.prune(beforeMs, limit);
  }

  base(baseNode = 'objects'): Promise<void> {
    return this.tree('ensureBase', { baseNode, ids: [idOf('root'), idOf(baseNode)] }, null);
  }

  /** The writes of a create: `name` is its cn, and the versions of now are expected. */
  async adding(
    service: ServiceName,
    name: string,
    parent: string,
    options: Adding = {},
  ): Promise<readonly Write[]> {
    const { attributes = {}, systemNode = false, dependsOn = [], despite = [] } = options;
    const { links = await this.versions(service, ...dependsOn), subscribed = {} } = options;
    const { above, parent: found } = await this.place(service, parent);
    const below = { nodeId: idOf(parent), above, despite };
    const node = { id: idOf(name), service, objectClass: classes[service], systemNode };
    return [
      ledgerWrite('depend', { service, on: dependsOn.map(idOf), below }, { links, subscribed }),
      hierarchyWrite(
        'add',
        { ...node, parentId: idOf(parent), attributes: { cn: [name], ...attributes } },
        { versions: { [idOf(parent)]: found?.version ?? 0 } },
      ),
    ];
  }

  async add(
    service: ServiceName,
    name: string,
    parent: string,
    options: Adding = {},
  ): Promise<void> {
    await this.apply(...(await this.adding(service, name, parent, options)));
  }

  /** The writes of an update. */
  async modifying(
    name: string,
    attributes: Attributes,
    parent?: string,
  ): Promise<readonly Write[]> {
    const move = parent === undefined ? {} : { parentId: idOf(parent) };
    const named = [name, ...(parent === undefined ? [] : [parent])];
    const { versions = {} } = await this.epochs(...named);
    const above = parent === undefined ? [] : (await this.place('objects', parent)).above;
    const below = { nodeId: idOf(parent ?? ''), above, despite: [] };
    return [
      ...(parent === undefined
        ? []
        : [ledgerWrite('depend', { service: 'objects', on: [], below }, {})]),
      hierarchyWrite('modify', { id: idOf(name), attributes, ...move }, { versions }),
    ];
  }

  async modify(name: string, attributes: Attributes, parent?: string): Promise<void> {
    await this.apply(...(await this.modifying(name, attributes, parent)));
  }

  /** Of the service `objects`, about the mill. */
  async unheld(
    saga: string,
    state: UnheldSaga['state'],
    more: Partial<UnheldSaga> = {},
  ): Promise<void> {
    const held = {
      mode: 'D',
      nodeIds: [idOf('mill')],
      actor: `actor of ${saga}`,
      age: saga,
      requestedBy: null,
    } as const;
    await this.ledger(
      'unheld',
      { saga, service: 'objects', state, ...held, atMs: 5, ...more },
      null,
    );
  }

  /** The number of changes of a node and its list. */
  async epoch(name: string): Promise<number> {
    const { nodes } = await this.read('roster', { nodeIds: [idOf(name)] });
    return nodes[0] === undefined ? 0 : changesOf(nodes[0]);
  }

  async epochs(...names: string[]): Promise<Expected> {
    const { nodes } = await this.read('roster', { nodeIds: names.map(idOf) });
    return {
      epochs: Object.fromEntries(nodes.map(({ id, epoch }) => [id, epoch])),
      versions: Object.fromEntries(nodes.map(({ id, version }) => [id, version])),
    };
  }

  /** Versions of the service's links to these nodes, by id. */
  async versions(service: ServiceName, ...names: string[]): Promise<Record<string, number>> {
    if (names.length === 0) return {};
    const { links } = await this.place(service, undefined, ...names);
    return Object.fromEntries(
      names.map((name) => [
        idOf(name),
        links.find(({ nodeId }) => nodeId === idOf(name))?.version ?? 0,
      ]),
    );
  }

  place(
    service: ServiceName,
    parent: string | undefined,
    ...references: string[]
  ): Promise<ReadResult<'place'>> {
    const parentId = parent === undefined ? {} : { parentId: idOf(parent) };
    return this.read('place', {
      service,
      baseNode: service,
      references: references.map(idOf),
      ...parentId,
    });
  }

  async freeze(
    saga: string,
    service: ServiceName,
    mode: 'D' | 'U',
    ...names: string[]
  ): Promise<void> {
    const nodeIds = names.map(idOf);
    await this.freezing({ saga, service, mode, nodeIds, through: [] }, await this.epochs(...names));
  }

  async subscribe(
    name: string,
    subscriber: string,
    generation = 1,
    more: { routingKey?: string; consent?: boolean } = {},
  ): Promise<void> {
    const args = {
      id: idOf(`${subscriber} to ${name}`),
      nodeId: idOf(name),
      subscriber,
      generation,
      consent: true,
      ...more,
    };
    await this.listing(args, await this.epochs(name));
  }

  async remove(saga: string, service: ServiceName, ...names: string[]): Promise<void> {
    const nodeIds = names.map(idOf);
    const others = await this.#store.read(hierarchyRead('foreignBelow', { nodeIds }));
    const decided = await this.#store.read(
      ledgerRead('decided', {
        saga,
        nodeIds: (others as readonly ForeignNode[]).map(({ id }) => id),
      }),
    );
    await this.apply(
      ledgerWrite('removed', { saga, service, nodeIds, atMs: 1000 }, null),
      hierarchyWrite('remove', { nodeIds, beside: decided as readonly string[] }, null),
    );
  }

  async promise(
    saga: string,
    service: ServiceName,
    state: 'collecting' | 'ok',
    ...names: string[]
  ): Promise<void> {
    const links = await this.versions(service, ...names);
    await this.ledger(
      'promise',
      { saga, service, mode: 'D', nodeIds: names.map(idOf), state },
      { links },
    );
  }

  engagement(
    service: ServiceName,
    saga: string,
    mode: 'D' | 'U',
    ...names: string[]
  ): Promise<ReadResult<'engagement'>> {
    return this.read('engagement', {
      service,
      objectClass: classes[service],
      ids: names.map(idOf),
      saga,
      mode,
    });
  }

  /** `cn` of what a search finds, in its order. */
  async found(query: ReadArgs<'search'>): Promise<unknown[]> {
    return (await this.read('search', query)).map(({ attributes }) => attributes['cn']?.[0]);
  }

  /** One attribute of one node. */
  async attribute(name: string, attribute: string): Promise<unknown> {
    const [node] = await this.read('search', {
      id: idOf(name),
      attributes: [attribute],
      deref: false,
    });
    return node?.attributes[attribute];
  }

  /** plant ─ shop ─ section ─ mill; tag `load` below mill, alert `hot` below load. */
  async plant(): Promise<void> {
    await this.base();
    await this.add('objects', 'plant', 'objects');
    await this.add('objects', 'shop', 'plant');
    await this.add('objects', 'section', 'shop');
    await this.add('objects', 'mill', 'section', { systemNode: true });
    await this.add('tags', 'load', 'mill', { dependsOn: ['mill'] });
    await this.add('alerts', 'hot', 'load', { dependsOn: ['load'] });
  }
}
