/**
 * The files of nodes in a run: the file remover with its receipts, a set of URLs in place of the disk,
 * and the rules of the files, derived from the tables and from commits.
 *
 * 1. `row before file`: a file is touched only while no node lists the file.
 * 2. `applied once`: one receipt of a file says that the file was removed.
 * 3. `nothing left over`: at the end each file of a node that its own service has removed is gone
 *    with a receipt, and each file that a node lists is there. A file that a card lists too goes with
 *    the last of both.
 */
import { MemoryFilesStore } from '../../../actors/file-remover/memory-store.ts';
import { defineFileRemoverService } from '../../../actors/file-remover/service.ts';
import { filesStoreName, filesWriteOf } from '../../../actors/file-remover/store.ts';
import type { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { StandIns } from '../../../testing/simulation/stand-ins.ts';
import type { Database, Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { PlannedFiles } from './consent-plan.ts';
import { packageConfig, serviceOf } from './entities.ts';
import { filesAttribute } from './names.ts';
import { withStores } from './services.ts';

export const removerName = 'file_remover';
const bytes = 3;

let defined: ServiceDefinition | undefined;

function definition(): ServiceDefinition {
  defined ??= defineFileRemoverService({
    config: packageConfig(removerName),
    store: { name: filesStoreName, read: () => Promise.reject(new Error('given with the run')) },
    places: { roots: [] },
  });
  return defined;
}

/** The cards that list files of nodes too, and the disk of both. */
export type CardsWithFiles = {
  readonly disk: Set<string>;
  lists(url: string): Promise<boolean>;
};

/** The node that lists the file. */
export function nodeListing(tables: MemoryTables, url: string): string | undefined {
  return [...tables.nodes.values()].find(({ attributes }) =>
    attributes[filesAttribute]?.includes(url),
  )?.id;
}

type Listed = { readonly service: string | null; readonly urls: readonly string[] };

export class NodeFiles {
  readonly #owner: string;
  readonly #tables: MemoryTables;
  readonly #receipts = new MemoryFilesStore();
  readonly #files: Set<string>;
  readonly #cards: CardsWithFiles | undefined;
  /** The files of each living node that lists files. */
  readonly #listed = new Map<string, Listed>();
  /** Files of nodes that their own service has removed. */
  readonly #gone = new Set<string>();
  /** The receipt by which each file was removed. */
  readonly #removed = new Map<string, string>();
  readonly #urls = new Map<string, string>();
  #seen: string | undefined;

  /** `cards`: with the file remover, where cards list files of nodes too. */
  constructor({ entity, urls }: PlannedFiles, tables: MemoryTables, cards?: CardsWithFiles) {
    this.#owner = serviceOf(entity);
    this.#tables = tables;
    this.#cards = cards;
    this.#files = cards?.disk ?? new Set(Object.values(urls).flat());
  }

  get service(): ServiceDefinition {
    return withStores(definition(), [this.#receipts]);
  }

  get database(): Database {
    return { services: [removerName], stores: [this.#receipts] };
  }

  /** Functions in place of the disk. */
  get activities(): StandIns {
    return {
      [`${removerName}/prepareFile`]: (input, { attempt: attempts }) => {
        const url = urlIn(input);
        this.#expectUnlisted(url);
        const found = this.#files.has(url)
          ? { kind: 'present', bytes, sha256: url }
          : { kind: 'absent', note: 'absent' };
        return Promise.resolve({ ...found, attempts });
      },
      [`${removerName}/removeFile`]: (input, { attempt: attempts }) => {
        const url = urlIn(input);
        this.#expectUnlisted(url);
        this.#files.delete(url);
        return Promise.resolve({ kind: 'removed', note: null, attempts });
      },
    };
  }

  get invariants(): readonly Invariant[] {
    return [
      { name: 'row before file', committed: () => this.#seen },
      { name: 'applied once', committed: (turns, world) => this.#take(turns, world) },
      { name: 'nothing left over', atEnd: () => this.#leftOver() },
    ];
  }

  /** Puts a file at its place. */
  put(url: string): void {
    this.#files.add(url);
  }

  begin(): void {
    this.#look();
  }

  #take(turns: readonly TurnCommit[], world: World): Problem {
    const writes = turns.flatMap((turn) => turn.writes);
    if (writes.some(({ store }) => store !== filesStoreName)) this.#look();
    for (const written of writes) {
      if (written.store !== filesStoreName) continue;
      const { op, args } = filesWriteOf(written);
      if (op === 'queue') this.#urls.set(args.id, args.url);
      if (op === 'keep')
        world.note(`a file stays with ${args.note === 'a card' ? 'a card' : 'a node'}`);
      if (op !== 'remove' || args.note === 'absent') continue;
      const url = this.#urls.get(args.id) ?? '';
      const before = this.#removed.get(url) ?? args.id;
      if (before !== args.id) return `${url} is removed under ${before} and under ${args.id}`;
      this.#removed.set(url, args.id);
      world.note('a file of a node is removed');
    }
    return undefined;
  }

  /** Compares the tables with the nodes known before. */
  #look(): void {
    for (const [id, { service, urls }] of [...this.#listed]) {
      if (this.#tables.nodes.get(id) !== undefined) continue;
      this.#listed.delete(id);
      // Another service that has adopted the node removes no files: its config names none.
      for (const url of urls) this.#gone[service === this.#owner ? 'add' : 'delete'](url);
    }
    for (const { id, service, attributes } of this.#tables.nodes.values()) {
      const urls = (attributes[filesAttribute] ?? []).map(String);
      if (urls.length > 0) this.#listed.set(id, { service, urls });
    }
  }

  #expectUnlisted(url: string): void {
    const lister = nodeListing(this.#tables, url);
    if (lister !== undefined) this.#seen ??= `${url} is to go, and ${lister} lists the file`;
  }

  async #leftOver(): Promise<Problem> {
    const listed = new Set([...this.#listed.values()].flatMap(({ urls }) => urls));
    const lost = [...listed].find((url) => !this.#files.has(url));
    if (lost !== undefined)
      return `${lost} is gone, and ${nodeListing(this.#tables, lost)} lists the file`;
    for (const url of this.#gone)
      if (!listed.has(url) && !this.#removed.has(url) && !(await this.#cards?.lists(url)))
        return `the rows that listed ${url} are gone, and no receipt says that the file is`;
    return undefined;
  }
}

function urlIn(input: unknown): string {
  return (input as { readonly url: string }).url;
}
