/** The look of the file remover among the cards. */
import type { ReadableStore } from '../../runtime/ports/store.ts';
import type { FileLister } from '../file-remover/file-listings.ts';
import { cardsRead } from './store.ts';

/** A card of any state lists its files until its row goes. */
export function cardLister(cards: ReadableStore): FileLister {
  const find = async (url: string) => {
    const { op, args } = cardsRead('unlisted', { urls: [url] });
    const unlisted = (await cards.read(op, args)) as readonly string[];
    return unlisted.length > 0 ? null : 'a card';
  };
  return { store: cards.name, find };
}
