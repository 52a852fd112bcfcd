/**
 * Reads the members of history lines, which the services of a saga have written to one journal or
 * to several. Pure.
 *
 * An absent member, or a member of another type, reads as empty, so that lines of other versions do
 * no harm.
 */
import { isJsonObject } from '../../config/json.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

export function textIn(line: JsonObject, name: string): string {
  const value = line[name];
  return typeof value === 'string' ? value : '';
}

export function textOrNull(line: JsonObject, name: string): string | null {
  return textIn(line, name) || null;
}

export function textsIn(line: JsonObject, name: string): string[] {
  const value = line[name];
  return Array.isArray(value) ? value.filter((entry: Json) => typeof entry === 'string') : [];
}

export function objectsIn(line: JsonObject, name: string): readonly JsonObject[] {
  const value = line[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The lines of these kinds: `what` is the kind of a line. */
export function linesOf(
  lines: readonly HistoryLine[],
  ...kinds: readonly string[]
): readonly HistoryLine[] {
  return lines.filter(({ line }) => kinds.includes(textIn(line, 'what')));
}

/**
 * The ids in the `nodes` of a line. An entry is an id, or an object with the id and the name of the
 * node.
 */
export function nodeIdsIn(line: JsonObject): string[] {
  return [...textsIn(line, 'nodes'), ...objectsIn(line, 'nodes').map((node) => textIn(node, 'id'))];
}
