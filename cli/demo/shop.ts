/**
 * The metalworking shop of the demo, as its data file describes it: nodes of the hierarchy, cards
 * and their images.
 *
 * - unique: every `cn` occurs once in the file, so a `cn` names one node.
 * - independent: the expected tree is computed from the file alone, never from answers of the
 *   services.
 */
import { readFileSync } from 'node:fs';
import type { Json } from '../../runtime/ports/json.ts';
import type { ImageSpec } from './png.ts';

export interface ShopNode {
  readonly class: string;
  readonly attributes: { readonly cn: string; readonly [name: string]: Json };
  /** For a method: `cn` of the constants that the method refers to. */
  readonly uses?: readonly string[];
  readonly children?: readonly ShopNode[];
}

export interface ShopImage extends ImageSpec {
  readonly name: string;
}

export interface ShopCard {
  readonly id: string;
  readonly owner: string;
  readonly transaction: string;
  readonly images: readonly ShopImage[];
}

export interface Shop {
  readonly constants: readonly ShopNode[];
  readonly plant: ShopNode;
  readonly cards: readonly ShopCard[];
}

export function readShop(): Shop {
  return JSON.parse(readFileSync(new URL('../../config/demo/shop.json', import.meta.url), 'utf8'));
}

/** The node and all nodes below it. */
export function withDescendants(node: ShopNode): readonly ShopNode[] {
  return [node, ...(node.children ?? []).flatMap(withDescendants)];
}

export function nodesOf({ constants, plant }: Shop): readonly ShopNode[] {
  return [...constants, ...withDescendants(plant)];
}

export function nodeNamed(shop: Shop, cn: string): ShopNode {
  const found = nodesOf(shop).find(({ attributes }) => attributes.cn === cn);
  if (found === undefined) throw new Error(`the data file has no node '${cn}'`);
  return found;
}

/**
 * The number of nodes of each class, as `6 prsConstant, 8 prsObject`, in the order of the nodes.
 */
export function countedByClass(nodes: readonly ShopNode[]): string {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(node.class, (counts.get(node.class) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

/**
 * The tree that is left: `class dn` of every node of the shop, sorted, without the nodes in
 * `removed` and the nodes below them. `baseOf` gives the `cn` of the base node of a class.
 */
export function expectedTree(
  shop: Shop,
  removed: readonly string[],
  baseOf: (objectClass: string) => string,
): readonly string[] {
  const tops = [...shop.constants, shop.plant];
  return tops
    .flatMap((node) => linesBelow(node, `cn=${baseOf(node.class)},cn=prs`, removed))
    .sort();
}

function linesBelow(
  node: ShopNode,
  parentDn: string,
  removed: readonly string[],
): readonly string[] {
  const { cn } = node.attributes;
  if (removed.includes(cn)) return [];
  const dn = `cn=${cn},${parentDn}`;
  return [
    `${node.class} ${dn}`,
    ...(node.children ?? []).flatMap((child) => linesBelow(child, dn, removed)),
  ];
}
