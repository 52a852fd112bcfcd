/**
 * The check of rows when a write is made, so that every stored row fits the schema of its table,
 * and every adapter takes the same rows.
 *
 * - Fits: a row that does not fit the schema is a defect of the service: `Broken`.
 * - Storable: text that no database can store or index is a defect of the sender: `Refused`.
 */
import type { TSchema } from 'typebox';
import { isJsonObject, type Json, type JsonObject } from '../../config/json.ts';
import { type Path, pointerTo } from '../../config/pointer.ts';
import { type Problem, schemaProblems } from '../../config/schema-problems.ts';
import { allowedBy, allowedKeys } from '../../config/schema-text.ts';
import { viewOf } from '../../config/schema-view.ts';
import { Broken, Refused } from '../../runtime/ports/errors.ts';
import { keyBytesMax, nameProblem } from '../../runtime/ports/name-problem.ts';
import { jsonMembers } from '../../runtime/step/json-value.ts';

const shownMax = 10;

export class RowRules {
  readonly #table: string;
  readonly #whole: TSchema;
  readonly #part: TSchema;
  readonly #by: readonly string[];

  /** `by`: the members by which rows are found. A database indexes their texts. */
  constructor(table: string, row: TSchema, by: readonly string[]) {
    this.#table = table;
    this.#whole = { ...row, additionalProperties: false };
    this.#part = { ...this.#whole, required: [] };
    this.#by = by;
  }

  /**
   * The members of a new row as JSON.
   * @throws Broken `not-json`, Broken `write-failed`, Refused `bad-message`
   */
  whole(id: string, members: object): JsonObject {
    const data = this.#json(id, members);
    this.#refuse(id, schemaProblems(this.#whole, data));
    return this.#storable(id, data);
  }

  /**
   * The given members of a change as JSON, and the names of members that are given as undefined.
   * @throws as `whole`
   */
  part(id: string, members: object): { readonly data: JsonObject; readonly absent: string[] } {
    const data = this.#json(id, members);
    const absent = Object.keys(members).filter((key) => !Object.hasOwn(data, key));
    this.#refuse(id, [
      ...schemaProblems(this.#part, data).map((problem) => this.#withAbsence(problem)),
      ...absent.flatMap((member) => this.#absenceProblem(member)),
    ]);
    return { data: this.#storable(id, data), absent };
  }

  /** @throws Refused `bad-key` */
  id(id: string): string {
    const problem = nameProblem(id, keyBytesMax);
    if (problem === undefined) return id;
    throw new Refused('bad-key', `the id of a row of the table '${this.#table}': ${problem}`);
  }

  #json(id: string, members: object): JsonObject {
    return jsonMembers(members, this.#place(id));
  }

  /** A caller that gives null for an optional member may mean to take the member away. */
  #withAbsence({ path, found, allowed }: Problem): Problem {
    const [member, ...inner] = path;
    const isOptional =
      inner.length === 0 && found === 'null' && this.#absenceProblem(String(member)).length === 0;
    return isOptional
      ? { path, found, allowed: `${allowed}, or undefined, which takes the member away` }
      : { path, found, allowed };
  }

  #absenceProblem(member: string): Problem[] {
    const { properties = {}, required = [] } = viewOf(this.#whole);
    const schema = properties[member];
    if (schema !== undefined && !required.includes(member)) return [];
    const allowed = schema === undefined ? allowedKeys(this.#whole) : allowedBy(schema);
    return [{ path: [member], found: 'undefined', allowed }];
  }

  #refuse(id: string, problems: readonly Problem[]): void {
    const [first] = problems;
    if (first === undefined) return;
    const lines = problems
      .slice(0, shownMax)
      .map(({ path, found, allowed }) => `${pointerTo(path)}: found ${found}; allowed: ${allowed}`);
    throw new Broken('write-failed', `${this.#place(id)} does not fit: ${lines.join(', ')}`, {
      at: pointerTo(first.path),
    });
  }

  #storable(id: string, data: JsonObject): JsonObject {
    const nul = pathOfNul(data);
    if (nul !== undefined)
      throw new Refused('bad-message', `${this.#place(id)} has NUL at ${pointerTo(nul)}`);
    const long = this.#by.find((member) => Buffer.byteLength(String(data[member])) > keyBytesMax);
    if (long === undefined) return data;
    throw new Refused(
      'bad-message',
      `${this.#place(id)} has a text of more than ${keyBytesMax} bytes at /${long}`,
    );
  }

  #place(id: string): string {
    return `the row '${id}' of the table '${this.#table}'`;
  }
}

/** The path of the first text or key with NUL, which PostgreSQL cannot store. */
function pathOfNul(value: Json | undefined, path: Path = []): Path | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (!Array.isArray(value) && !isJsonObject(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = key.includes('\0') ? path : pathOfNul(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
