/**
 * The services of the demo: those of the package that keep the nodes, cards and files of the shop.
 */
import { basename } from 'node:path';
import { isMeant, serviceConfigPaths } from '../../config/load.ts';

const entities = ['objects', 'tags', 'alerts', 'methods', 'constants'];
const others = ['mcards', 'transactions', 'chains', 'file_remover'];

/** Absolute paths of the configs, sorted by name. */
export function shopConfigPaths(): readonly string[] {
  const isOfShop = (path: string) =>
    [...entities, ...others].some((name) => isMeant(basename(path, '.json'), name));
  return serviceConfigPaths().filter(isOfShop);
}
