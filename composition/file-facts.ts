/**
 * The rows, the files and the receipts of one file remover, as `file-findings.ts` compares them.
 *
 * 1. Rows are read before files, and receipts and deletions after files. So a card that comes or
 *    goes meanwhile leaves a trace in one of them.
 */
import { type Card, type CardFilter, cardsRead, cardsStoreName } from '../actors/cards/store.ts';
import { type ConsentSettings, consentSettings } from '../actors/consent/settings.ts';
import { type FileSurvey, isSurveyed, surveyFiles } from '../actors/file-remover/file-survey.ts';
import { fileKey, fileUrlProblem } from '../actors/file-remover/file-url.ts';
import { filePlaces } from '../actors/file-remover/section.ts';
import { filesRead, filesStoreName, isOver, type Receipt } from '../actors/file-remover/store.ts';
import type { FoundNode, FoundPage } from '../actors/hierarchy/states.ts';
import { hierarchyRead } from '../actors/hierarchy/store.ts';
import { fileUrlsOf } from '../actors/model-crud/node-files.ts';
import { MachineView } from '../actors/waiting/machine-view.ts';
import { isJsonObject } from '../config/json.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { ActorRecord } from '../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import type { Read } from '../runtime/ports/store.ts';
import { storeReads } from '../runtime/turn/store-reads.ts';
import type { WhySources } from './why-sources.ts';

export type FileSources = Pick<WhySources, 'services' | 'journals' | 'actor'>;

/** A file that a row lists. */
export type Listing = {
  /** The id of the card or of the node. */
  readonly row: string;
  readonly service: string;
  readonly url: string;
};

export type ListedRows = {
  /** Files of active cards, and of nodes. */
  readonly listings: readonly Listing[];
  readonly rows: number;
};

export type FileFacts = {
  /** The name of the file remover. */
  readonly remover: string;
  /** The listings whose files the survey has when they are there. */
  readonly listings: readonly Listing[];
  /** The number of the other listings. */
  readonly unseen: number;
  readonly survey: FileSurvey;
  /** Only receipts of files that the survey has when they are there. */
  readonly receipts: readonly Receipt[];
  /** Ids of receipts without an end that no actor carries on. */
  readonly idle: ReadonlySet<string>;
  /** Keys of files that a deletion or an undeletion of a card holds. */
  readonly underWay: ReadonlySet<string>;
};

const pageMax = 1_000;

export class FileRows {
  readonly #sources: FileSources;
  readonly #read: (service: string, read: Read) => Promise<Json>;

  constructor(sources: FileSources) {
    this.#sources = sources;
    this.#read = storeReads(sources.services);
  }

  /** @throws Refused `not-found` when no service removes files. */
  get removers(): readonly ServiceDefinition[] {
    const found = this.#services.filter(({ stores }) => stores.has(filesStoreName));
    return found.length > 0 ? found : this.#refuse('removes files');
  }

  get #services(): readonly ServiceDefinition[] {
    return [...this.#sources.services.values()];
  }

  get #keepers(): readonly ServiceDefinition[] {
    return this.#services.filter(({ stores }) => stores.has(cardsStoreName));
  }

  /** The services whose nodes list files, with their settings. */
  get #owners(): readonly ConsentSettings[] {
    return this.#services
      .filter(({ config }) => config.hierarchy?.fileAttributes !== undefined)
      .map(({ config }) => consentSettings(config));
  }

  #refuse(does: string): never {
    const names = [...this.#sources.services.keys()].join(', ') || 'none';
    throw new Refused(
      'not-found',
      `no service ${does}, so files cannot be compared; the services with tables are ${names}`,
    );
  }

  /**
   * @throws Refused `not-found` when no service keeps rows that list files: every file would pass for
   *   a file without a row.
   */
  async listed(): Promise<ListedRows> {
    if (this.#keepers.length + this.#owners.length === 0)
      return this.#refuse('keeps cards or nodes with files');
    const listings: Listing[] = [];
    let rows = 0;
    for (const { name: service } of this.#keepers) {
      for await (const card of this.#cards(service)) {
        rows += 1;
        listings.push(...listingsOf(card, service));
      }
    }
    for (const owner of this.#owners) {
      for await (const node of this.#nodes(owner)) {
        rows += 1;
        listings.push(...nodeListings(node, owner));
      }
    }
    return { listings, rows };
  }

  async facts({ name, config }: ServiceDefinition, rows: ListedRows): Promise<FileFacts> {
    const places = filePlaces(config);
    const survey = await surveyFiles(places);
    const listings = rows.listings.filter(({ url }) => isSurveyed(url, places));
    const receipts = await this.#receipts(name);
    return {
      remover: name,
      listings,
      unseen: rows.listings.length - listings.length,
      survey,
      receipts: receipts.filter(({ url }) => isSurveyed(url, places)),
      idle: await this.#idle(name, receipts),
      underWay: await this.#underWay(),
    };
  }

  /** The listings whose cards are active and list the files now. */
  async stillListed(listings: readonly Listing[]): Promise<readonly Listing[]> {
    const found: Listing[] = [];
    for (const listing of listings) {
      const now = await this.#listingsNow(listing);
      if (now.some(({ url }) => url === listing.url)) found.push(listing);
    }
    return found;
  }

  async #listingsNow({ row, service }: Listing): Promise<readonly Listing[]> {
    const owner = this.#owners.find((each) => each.service === service);
    if (owner !== undefined) {
      const nodes = await this.#read(service, hierarchyRead('search', { id: row }));
      const found = nodes as unknown as readonly FoundNode[];
      return found.flatMap((node) => nodeListings(node, owner));
    }
    const cards = await this.#read(service, cardsRead('cards', { ids: [row] }));
    return (cards as unknown as readonly Card[]).flatMap((card) => listingsOf(card, service));
  }

  /** The URLs that no card of any state lists now, and no node. */
  async stillUnlisted(urls: readonly string[]): Promise<ReadonlySet<string>> {
    let left = urls;
    for (const { name } of this.#keepers) {
      const kept: string[] = [];
      for (let from = 0; from < left.length; from += pageMax) {
        const read = cardsRead('unlisted', { urls: left.slice(from, from + pageMax) });
        kept.push(...((await this.#read(name, read)) as readonly string[]));
      }
      left = kept;
    }
    const unlisted = new Set(left);
    if (unlisted.size === 0) return unlisted;
    for (const owner of this.#owners)
      for await (const node of this.#nodes(owner))
        for (const { url } of nodeListings(node, owner)) unlisted.delete(url);
    return unlisted;
  }

  async *#cards(service: string): AsyncIterable<Card> {
    let filter: CardFilter = { limit: pageMax };
    for (;;) {
      const read = cardsRead('list', filter);
      const page = (await this.#read(service, read)) as unknown as readonly Card[];
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      filter = { limit: pageMax, after: last.id };
    }
  }

  async *#nodes({ service, objectClass, files }: ConsentSettings): AsyncIterable<FoundNode> {
    const query = { objectClass, attributes: files?.attributes ?? [], most: pageMax };
    let after: string | undefined;
    do {
      const from = after === undefined ? {} : { after };
      const read = hierarchyRead('page', { ...query, limit: pageMax, ...from });
      const page = (await this.#read(service, read)) as unknown as FoundPage;
      yield* page.nodes;
      after = page.next;
    } while (after !== undefined);
  }

  async #receipts(service: string): Promise<readonly Receipt[]> {
    const found: Receipt[] = [];
    let after = '';
    for (;;) {
      const read = filesRead('page', { after, limit: pageMax });
      const page = (await this.#read(service, read)) as unknown as readonly Receipt[];
      found.push(...page);
      const last = page.at(-1);
      if (last === undefined) return found;
      after = last.id;
    }
  }

  async #idle(service: string, receipts: readonly Receipt[]): Promise<ReadonlySet<string>> {
    const idle = new Set<string>();
    for (const receipt of receipts) {
      if (isOver(receipt)) continue;
      const address = { service, machine: 'file-remover', key: receipt.id };
      const rows = await this.#sources.actor(address);
      if (rows?.record.status !== 'active') idle.add(receipt.id);
    }
    return idle;
  }

  async #underWay(): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for (const { name } of this.#keepers) {
      for await (const row of this.#deletions(name)) {
        const { context } = MachineView.of({ ...row, timers: {}, activities: [] });
        for (const url of urlsHeldBy(context)) if (isExact(url)) keys.add(fileKey(url));
      }
    }
    return keys;
  }

  async *#deletions(
    service: string,
  ): AsyncIterable<{ readonly address: ActorAddress; readonly record: ActorRecord }> {
    const machine = 'card-deletion';
    let after: ActorAddress = { service, machine, key: '' };
    for (;;) {
      const page = await this.#sources.journals.get(service)?.listActors([service], after, pageMax);
      yield* (page ?? []).filter(({ address }) => address.machine === machine);
      const last = page?.at(-1);
      if (last === undefined || last.address.machine !== machine) return;
      after = last.address;
    }
  }
}

function listingsOf(card: Card, service: string): readonly Listing[] {
  if (card.state !== 'active') return [];
  const { must_be_deleted_files: urls = [] } = card.metadata;
  return urls.map((url) => ({ row: card.id, service, url }));
}

function nodeListings(node: FoundNode, owner: ConsentSettings): readonly Listing[] {
  const { service } = owner;
  return fileUrlsOf(owner, node).map((url) => ({ row: node.id, service, url }));
}

/** URLs of the files that a card's deletion removes, keeps for an undeletion, or restores. */
function urlsHeldBy({ files, restoring, kept }: JsonObject): readonly string[] {
  const ofKept = isJsonObject(kept) ? kept['files'] : undefined;
  return [files, restoring, ofKept].flatMap((list) =>
    (Array.isArray(list) ? list : []).flatMap((file: Json) => {
      const url = isJsonObject(file) ? file['url'] : undefined;
      return typeof url === 'string' ? [url] : [];
    }),
  );
}

function isExact(url: string): boolean {
  return fileUrlProblem(url) === undefined;
}
