/**
 * The veto of `keep_while`: a node whose attributes match the JSON Schema is not removed.
 *
 * - The schema sees an attribute with one value as the value, and an attribute with several values
 *   as a list.
 * - The schema does not see attributes that the deletion of another node may change. So a node that
 *   is frozen does not begin to match.
 */
import { matcherOf } from '../../../config/attribute-schema.ts';
import type { KeepRule } from '../../../config/exchange-config.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../config/json.ts';
import { shownLists } from '../../consent/given-attributes.ts';
import type { RemovalRules } from '../store.ts';
import { visibleAttributes } from './attributes.ts';
import type { TreeNode } from './tree-node.ts';
import type { Veto } from './veto.ts';

export const keepWhile: Veto = ({ going, rules }) => {
  const { keep } = rules;
  if (keep === undefined) return [];
  const matches = matcherOf(keep.while);
  return going.flatMap(({ node, askedId }) => {
    const seen = seenAttributes(node, rules);
    return matches(seen) ? [{ nodeId: askedId, reason: reasonOf(node, seen, keep) }] : [];
  });
};

function seenAttributes(node: TreeNode, { references }: RemovalRules): JsonObject {
  const unsteady = new Set([
    'prsDefault',
    ...references.flatMap(({ attribute, onDelete }) => (onDelete === 'detach' ? [attribute] : [])),
  ]);
  const steady = Object.entries(shownLists(visibleAttributes(node))).filter(
    ([name]) => !unsteady.has(name),
  );
  return Object.fromEntries(
    steady.map(([name, values]): [string, Json] => [
      name,
      values.length === 1 ? (values[0] ?? null) : values,
    ]),
  );
}

function reasonOf(node: TreeNode, seen: JsonObject, { while: schema, because }: KeepRule): string {
  const name = `${node.cn} (${node.id})`;
  if (because !== undefined) return `${name}: ${because}`;
  const named = namedBy(schema).flatMap((attribute) =>
    Object.hasOwn(seen, attribute) ? [`${attribute} is ${JSON.stringify(seen[attribute])}`] : [],
  );
  return named.length === 0
    ? `${name} is kept: it matches keep_while`
    : `${name} is kept while ${named.join(' and ')}`;
}

/** The attributes that the schema names at its top level. */
function namedBy({ properties, required }: JsonObject): readonly string[] {
  const names = [
    ...(isJsonObject(properties) ? Object.keys(properties) : []),
    ...(Array.isArray(required) ? required.map(String) : []),
  ];
  return [...new Set(names)];
}
