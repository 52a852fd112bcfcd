/**
 * The rows, the files and the receipts of one file remover, as `file-findings.ts` compares them.
 *
 * 1. Rows are read before files, and receipts and deletions after files. So a card that comes or
 *    goes meanwhile leaves a trace in one of them.
 */
import { type Card, type CardFilter, cardsRead, cardsStoreName } from '../actors/cards/store.ts';
import { type FileSurvey, isSurveyed, surveyFiles } from '../actors/file-remover/file-survey.ts';
import { fileKey, fileUrlProblem } from '../actors/file-remover/file-url.ts';
import { filePlaces } from '../actors/file-remover/section.ts';
import { filesRead, isFinal, type Receipt } from '../actors/file-remover/store.ts';
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
export type Listing = { readonly card: string; readonly service: string; readonly url: string };

export type ListedRows = {
  /** Files of active cards. */
  readonly listings: readonly Listing[];
  readonly cards: number;
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

  /** The services with the store. @throws Refused `not-found` for none. */
  withStore(store: string, does: string): readonly ServiceDefinition[] {
    const { services } = this.#sources;
    const found = [...services.values()].filter(({ stores }) => stores.has(store));
    if (found.length > 0) return found;
    const names = [...services.keys()].join(', ') || 'none';
    throw new Refused(
      'not-found',
      `no service ${does}, so files cannot be compared; the services with tables are ${names}`,
    );
  }

  /** The services that keep cards. Without one every file would pass for a file without a row. */
  get #keepers(): readonly ServiceDefinition[] {
    return this.withStore(cardsStoreName, 'keeps cards');
  }

  async listed(): Promise<ListedRows> {
    const listings: Listing[] = [];
    let cards = 0;
    for (const { name: service } of this.#keepers) {
      for await (const card of this.#cards(service)) {
        cards += 1;
        const { must_be_deleted_files: urls = [] } = card.metadata;
        if (card.state === 'active')
          listings.push(...urls.map((url) => ({ card: card.id, service, url })));
      }
    }
    return { listings, cards };
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
      const { card, service, url } = listing;
      const read = cardsRead('cards', { ids: [card] });
      const [now] = (await this.#read(service, read)) as unknown as readonly Card[];
      if (now?.state === 'active' && now.metadata.must_be_deleted_files?.includes(url) === true)
        found.push(listing);
    }
    return found;
  }

  /** The URLs that no card of any state lists now. */
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
    return new Set(left);
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
      if (isFinal(receipt)) continue;
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
