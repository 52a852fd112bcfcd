/**
 * A small tree to test on, with nodes called by name, and the store's reads and writes without their wrapping.
 *
 * Names stand for ids: `idOf('boiler')` is the same id in every test and process.
 */
import { createHash } from 'node:crypto';
import {
  type Attributes,
  type HierarchyReads,
  type HierarchyWrites,
  hierarchyRead,
  hierarchyWrite,
  type UnheldSaga,
} from '../../actors/hierarchy/store.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';

export interface HierarchyUnderTest {
  read(op: string, args: Json): Promise<Json>;
  /** In one transaction; what throws leaves nothing. */
  apply(writes: readonly Write[]): Promise<void>;
  /** In a transaction of its own. */
  prune(beforeMs: number, limit: number): Promise<number>;
}

/** How a kind of store is had. */
export interface HierarchyBench {
  /** A store with nothing in it. */
  fresh(): Promise<HierarchyUnderTest>;
  /** Closes what is open and takes away what is stored. */
  end(): Promise<void>;
}

type ReadResult<Op extends keyof HierarchyReads> = HierarchyReads[Op]['result'];
type ReadArgs<Op extends keyof HierarchyReads> = HierarchyReads[Op]['args'];
type WriteArgs<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];
type WriteExpect<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['expect'];

/** How a node is added where that matters. */
export interface Adding {
  readonly attributes?: Attributes;
  readonly systemNode?: boolean;
  readonly dependsOn?: readonly string[];
  readonly despite?: readonly string[];
  readonly links?: Readonly<Record<string, number>>;
}

export const classes = {
  objects: 'prsObject',
  tags: 'prsTag',
  alerts: 'prsAlert',
  methods: 'prsMethod',
} as const;
export type ServiceName = keyof typeof classes;

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

  async read<Op extends keyof HierarchyReads>(op: Op, args: ReadArgs<Op>): Promise<ReadResult<Op>> {
    const read = hierarchyRead(op, args);
    return (await this.#store.read(read.op, read.args)) as unknown as ReadResult<Op>;
  }

  write<Op extends keyof HierarchyWrites>(
    op: Op,
    args: WriteArgs<Op>,
    expect: WriteExpect<Op>,
  ): Promise<void> {
    return this.apply(hierarchyWrite(op, args, expect));
  }

  apply(...writes: readonly Write[]): Promise<void> {
    return this.#store.apply(writes);
  }

  prune(beforeMs: number, limit: number): Promise<number> {
    return this.#store.prune(beforeMs, limit);
  }

  base(baseNode = 'objects'): Promise<void> {
    return this.write('ensureBase', { baseNode, ids: [idOf('root'), idOf(baseNode)] }, null);
  }

  /** The write of `add`: `name` is its cn, and the epochs and versions of now are expected. */
  async adding(
    service: ServiceName,
    name: string,
    parent: string,
    options: Adding = {},
  ): Promise<Write> {
    const { attributes = {}, systemNode = false, dependsOn = [], links, despite } = options;
    const args = {
      service,
      objectClass: classes[service],
      parentId: idOf(parent),
      systemNode,
      dependsOn: dependsOn.map(idOf),
    };
    const versions = links ?? (await this.versions(service, ...dependsOn));
    return hierarchyWrite(
      'add',
      {
        ...args,
        id: idOf(name),
        attributes: { cn: [name], ...attributes },
        ...(despite === undefined ? {} : { despite }),
      },
      { epochs: { [idOf(parent)]: await this.epoch(parent) }, links: versions },
    );
  }

  async add(
    service: ServiceName,
    name: string,
    parent: string,
    options: Adding = {},
  ): Promise<void> {
    await this.apply(await this.adding(service, name, parent, options));
  }

  async modify(name: string, attributes: Attributes, parent?: string): Promise<void> {
    const move = parent === undefined ? {} : { parentId: idOf(parent) };
    const epochs = await this.epochs(name, ...(parent === undefined ? [] : [parent]));
    await this.write('modify', { id: idOf(name), service: 'objects', attributes, ...move }, epochs);
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
    await this.write(
      'unheld',
      { saga, service: 'objects', state, ...held, atMs: 5, ...more },
      null,
    );
  }

  async epoch(name: string): Promise<number> {
    const { nodes } = await this.read('roster', { nodeIds: [idOf(name)] });
    return nodes[0]?.epoch ?? 0;
  }

  async epochs(...names: string[]): Promise<{ epochs: Record<string, number> }> {
    const { nodes } = await this.read('roster', { nodeIds: names.map(idOf) });
    return { epochs: Object.fromEntries(nodes.map(({ id, epoch }) => [id, epoch])) };
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
    await this.write(
      'freeze',
      { saga, service, mode, nodeIds, through: [] },
      await this.epochs(...names),
    );
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
    await this.write('subscribe', args, await this.epochs(name));
  }

  async remove(saga: string, service: ServiceName, ...names: string[]): Promise<void> {
    await this.write('remove', { saga, service, nodeIds: names.map(idOf), atMs: 1000 }, null);
  }

  async promise(
    saga: string,
    service: ServiceName,
    state: 'collecting' | 'ok',
    ...names: string[]
  ): Promise<void> {
    const links = await this.versions(service, ...names);
    await this.write(
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
