/**
 * Schemas of the sections that the actors bring to an exchange config. This file does not import
 * the catalog, so a program that only reads configs loads no actor.
 */

import type { Sections } from '../config/schema.ts';
import { apiCrudSection } from './api-crud/section.ts';
import { cardsSection } from './cards/section.ts';
import { chainsSection } from './chain/section.ts';
import { fileRemoverSection } from './file-remover/section.ts';
import { transactionsSection } from './transactions/section.ts';
import { webhookSection } from './webhook/section.ts';

/**
 * The schemas of the sections a config of the package's own services may have, by name; for
 * `loadExchangeConfigs` and `parseExchangeConfig`.
 */
export const sections: Sections = {
  api_crud: apiCrudSection,
  cards: cardsSection,
  transactions: transactionsSection,
  chains: chainsSection,
  file_remover: fileRemoverSection,
  webhook: webhookSection,
};
