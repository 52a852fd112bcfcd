/**
 * The keys `keep_while` and `keep_because` of `hierarchy`, checked.
 *
 * - stable match: the schema names no attribute that the tree changes without an update of the node.
 *   So a frozen node never begins to match. `docs/consent.md` says which attributes a schema sees.
 */
import { schemaProblemsOf } from './attribute-schema.ts';
import type { EntryContext } from './entry-checks.ts';
import type { Hierarchy } from './exchange-config.ts';
import type { HierarchyOptions } from './hierarchy-schema.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { Path } from './pointer.ts';
import { shown } from './shown.ts';

const at: Path = ['hierarchy', 'keep_while'];

export function keepRuleOf(
  options: HierarchyOptions,
  { report }: EntryContext,
): Pick<Hierarchy, 'keep'> {
  const { keep_because: because, references = {} } = options;
  const schema = options.keep_while as JsonObject | undefined;
  if (schema === undefined) {
    if (because !== undefined)
      report(['hierarchy', 'keep_because'], shown(because), 'nothing: there is no keep_while');
    return {};
  }
  for (const { path, found, allowed } of schemaProblemsOf(schema))
    report([...at, ...path], found, allowed);
  for (const { path, name } of namesIn(schema))
    if (isUnsteady(name, references))
      report(
        [...at, ...path],
        shown(name),
        'attributes that only an update changes: not prsDefault, and no reference with on_delete "detach"',
      );
  return { keep: { while: schema, ...(because === undefined ? {} : { because }) } };
}

/** Whether the deletion of another node may change the attribute. */
function isUnsteady(name: string, references: HierarchyOptions['references'] = {}): boolean {
  if (name === 'prsDefault') return true;
  return Object.hasOwn(references, name) && references[name]?.on_delete === 'detach';
}

/** The attributes that the schema names at its top level, with their places. */
function namesIn({ properties, required }: JsonObject): { path: Path; name: string }[] {
  const named = isJsonObject(properties) ? Object.keys(properties) : [];
  const needed = Array.isArray(required) ? required.map(String) : [];
  return [
    ...named.map((name) => ({ path: ['properties', name], name })),
    ...needed.map((name, index) => ({ path: ['required', String(index)], name })),
  ];
}
