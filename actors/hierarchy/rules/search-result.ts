/**
 * The form of found nodes: dn, chosen attributes, order, nesting.
 *
 * 1. Sorted (`pages.ts`).
 * 2. `*` chooses all present attributes; an absent attribute that was chosen by name is `[null]`.
 *    `entryUUID` is chosen by name only.
 * 3. `hierarchy` puts a node below its nearest ancestor among the found nodes.
 */

import { ldapLists, shownLists } from '../../consent/given-attributes.ts';
import type { Attributes, FoundNode, SearchQuery } from '../store.ts';
import { visibleAttributes } from './attributes.ts';
import { formatDn } from './dn.ts';
import { inOrder } from './pages.ts';
import { type ValueForm, valuesNamed } from './search-filter.ts';
import { aliasTargetAttribute, type PathStep, type TreeNode, uuidAttribute } from './tree-node.ts';

/** Paths of nodes, from their lineage. */
export class Paths {
  readonly #steps: ReadonlyMap<string, PathStep>;
  /** The requested dns, and the dns of the nodes above. */
  readonly #dns = new Map<string, string>();

  constructor(lineage: readonly PathStep[]) {
    this.#steps = new Map(lineage.map((step) => [step.id, step]));
  }

  /** undefined: the node is not among them. */
  dn(id: string): string | undefined {
    const climbed: PathStep[] = [];
    let above: string | undefined;
    for (const step of this.#upwards(id)) {
      above = this.#dns.get(step.id);
      if (above !== undefined) break;
      climbed.push(step);
    }
    for (const step of climbed.reverse()) {
      const own = formatDn([step.cn]);
      above = above === undefined ? own : `${own},${above}`;
      this.#dns.set(step.id, above);
    }
    return above;
  }

  /** Ids above the node, nearest first. */
  ancestors(id: string): readonly string[] {
    return [...this.#upwards(id)].slice(1).map((step) => step.id);
  }

  *#upwards(id: string): Generator<PathStep> {
    for (
      let step = this.#steps.get(id);
      step !== undefined;
      step = this.#steps.get(step.parentId ?? '')
    )
      yield step;
  }
}

/**
 * All attributes of a node. An alias names its target by the target's dn, or by the last dn of a
 * removed target.
 */
function shownAttributes(node: TreeNode, paths: Paths): Attributes {
  const target = node.aliasOf === null ? undefined : paths.dn(node.aliasOf);
  return {
    ...visibleAttributes(node),
    ...(target === undefined ? {} : { [aliasTargetAttribute]: [target] }),
  };
}

/** All attributes of a node that a reader can name. */
export function readableAttributes(node: TreeNode, paths: Paths): Attributes {
  return { ...shownAttributes(node, paths), [uuidAttribute]: [node.id] };
}

export function searchResult(
  nodes: readonly TreeNode[],
  paths: Paths,
  query: SearchQuery,
): readonly FoundNode[] {
  const sorted = inOrder(nodes);
  return query.hierarchy === true
    ? nested(sorted, paths, query)
    : sorted.map((node) => shown(node, paths, query));
}

function shown(
  node: TreeNode,
  paths: Paths,
  { attributes = ['*'], getParent, getVersion, values }: SearchQuery,
): FoundNode {
  const lists = chosen(node, paths, attributes, values);
  return {
    id: node.id,
    dn: paths.dn(node.id) ?? '',
    attributes: values === 'ldap' ? ldapLists(lists) : shownLists(lists),
    ...(getParent === true ? { parentId: node.parentId } : {}),
    ...(getVersion === true ? { version: node.version } : {}),
  };
}

function chosen(
  node: TreeNode,
  paths: Paths,
  names: readonly string[],
  form: ValueForm,
): Attributes {
  const shown = names.includes('*') ? shownAttributes(node, paths) : {};
  const named = names.filter((name) => name !== '*');
  if (named.length === 0) return shown;
  const all = readableAttributes(node, paths);
  const values = named.map((name) => [name, orNull(valuesNamed(all, name, form))] as const);
  return { ...shown, ...Object.fromEntries(values) };
}

function orNull(values: Attributes[string]): Attributes[string] {
  return values.length === 0 ? [null] : values;
}

type Branch = FoundNode & { readonly children: Branch[] };

function nested(
  sorted: readonly TreeNode[],
  paths: Paths,
  query: SearchQuery,
): readonly FoundNode[] {
  const branches = new Map<string, Branch>(
    sorted.map((node) => [node.id, { ...shown(node, paths, query), children: [] }]),
  );
  const tops: Branch[] = [];
  for (const [id, branch] of branches) {
    const above = paths.ancestors(id).find((ancestor) => branches.has(ancestor));
    (branches.get(above ?? '')?.children ?? tops).push(branch);
  }
  return tops;
}
