/**
 * The look of the file remover among the nodes of the tree.
 *
 * 1. Of an entity whose config is given, the attributes that the config names list files. Of any
 *    other entity every attribute may list files: a file that stays too long can still be removed.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ReadableStore } from '../../runtime/ports/store.ts';
import type { FileLister } from '../file-remover/file-listings.ts';
import { fileKey, fileUrlProblem } from '../file-remover/file-url.ts';
import { type HoldingNode, hierarchyRead } from '../hierarchy/store.ts';
import { fileUrlsOf } from './node-files.ts';

type Configs = ReadonlyMap<string | null, Pick<ExchangeConfig, 'hierarchy'>>;

/** `configs`: of entities whose nodes may be in the tree. */
export function nodeLister(tree: ReadableStore, configs: readonly ExchangeConfig[]): FileLister {
  const known: Configs = new Map(configs.map((config) => [config.svcName, config]));
  const find = async (url: string) => {
    const urls = [...new Set([url, fileUrlProblem(url) === undefined ? fileKey(url) : url])];
    const { op, args } = hierarchyRead('holders', { texts: urls });
    const holders = (await tree.read(op, args)) as unknown as readonly HoldingNode[];
    const lister = holders.find((node) => lists(node, urls, known));
    return lister === undefined ? null : `the node ${lister.id} of ${lister.service}`;
  };
  return { store: tree.name, find };
}

function lists(node: HoldingNode, urls: readonly string[], known: Configs): boolean {
  const config = known.get(node.service);
  if (config === undefined) return true;
  const { fileAttributes: attributes, values = 'typed' } = config.hierarchy ?? {};
  const files = attributes === undefined ? {} : { files: { attributes } };
  return fileUrlsOf({ ...files, values }, node).some((url) => urls.includes(url));
}
