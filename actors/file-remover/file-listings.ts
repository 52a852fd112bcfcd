/**
 * The view by which the remover asks whether a row lists a file: the receipts, and the rows of the
 * actors whose rows list files. Each of these actors gives a look at its own store.
 *
 * 1. After the commit: a removal is asked for by the commit that drops a row, and the view sees only
 *    what is committed. So of two rows that go at once the later look finds neither. The view is
 *    never read within an open commit, because the receipts are not: a chain that has written one
 *    of its stores is committed first.
 * 2. Own journal: the stores are those of the database of the remover. Rows in other databases are
 *    not seen.
 */
import { Broken } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Read, StoreView } from '../../runtime/ports/store.ts';
import { filesRead, filesStoreName, type Receipt } from './store.ts';

/** A look at the rows of a store. */
export type FileLister = {
  /** The name of the store. */
  readonly store: string;
  /** Resolves to a row that lists the file of the URL, in words; null for none. */
  readonly find: (url: string) => Promise<string | null>;
};

/** The receipts of a file record, and a row that lists the file. */
export type RequestedFile = {
  readonly receipts: readonly Receipt[];
  readonly lister: string | null;
};

type ListingsReads = {
  requested: { readonly id: string; readonly url: string };
  lister: { readonly url: string };
};

const listingsViewName = 'file-listings';

/** `requested`: a `RequestedFile`; `lister`: a row that lists the file, or null. */
export function listingsRead<Op extends keyof ListingsReads>(
  op: Op,
  args: ListingsReads[Op],
): Read {
  return { store: listingsViewName, op, args };
}

export function fileListings(listers: readonly FileLister[]): StoreView {
  const found = async (url: string): Promise<string | null> => {
    const rows = await Promise.all(listers.map((lister) => lister.find(url)));
    return rows.find((row) => row !== null) ?? null;
  };
  return {
    name: listingsViewName,
    over: [filesStoreName, ...listers.map(({ store }) => store)],
    read: async (op, args, read): Promise<Json> => {
      const { id = '', url } = args as { readonly id?: string; readonly url: string };
      if (op === 'lister') return found(url);
      if (op !== 'requested') throw new Broken('broken', `the listings have no read '${op}'`);
      const [receipts, lister] = await Promise.all([
        read(filesRead('receipts', { id })),
        found(url),
      ]);
      return { receipts, lister };
    },
  };
}
