/**
 * The services of the demo: those of the package that keep the nodes, cards and files of the shop.
 */
import { basename, join, resolve } from 'node:path';
import { isMeant, serviceConfigPaths } from '../../config/load.ts';

const entities = ['objects', 'tags', 'alerts', 'methods', 'constants'];
const others = ['mcards', 'transactions', 'chains', 'file_remover'];

/**
 * Absolute paths of the configs, sorted by name. `folder`: has a file of the same name in place of
 * each of the package's.
 */
export function shopConfigPaths(folder?: string): readonly string[] {
  const isOfShop = (path: string) =>
    [...entities, ...others].some((name) => isMeant(basename(path, '.json'), name));
  const paths = serviceConfigPaths().filter(isOfShop);
  return folder === undefined ? paths : paths.map((path) => join(resolve(folder), basename(path)));
}
