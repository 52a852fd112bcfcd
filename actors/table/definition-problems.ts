/**
 * Why a table cannot be defined.
 *
 * - Members only: a row is an object whose schema has rules for single members. A change is checked
 *   without its row, so a rule about several members could not hold.
 * - By text: rows are found by members that are text or null.
 */
import type { TSchema } from 'typebox';
import { branchesOf, viewOf } from '../../config/schema-view.ts';
import { storeNameProblem } from '../../runtime/ports/name-problem.ts';

/** Keywords of a row's schema that are a rule for single members, or no rule. */
const keywords = [
  'type',
  'properties',
  'required',
  'additionalProperties',
  'title',
  'description',
  'examples',
  'default',
  '$id',
  '$schema',
];
/** A part of the name of an index. PostgreSQL cuts names after 63 bytes. */
const memberName = /^[A-Za-z_][A-Za-z0-9_]{0,49}$/;
const ownMembers = ['id', 'version'];

/** All problems of a definition, each with its place, the found and the allowed. */
export function definitionProblems(name: string, row: TSchema, by: readonly string[]): string[] {
  const nameProblem = storeNameProblem(name);
  return [
    ...(nameProblem === undefined ? [] : [`the name: ${nameProblem}`]),
    ...rowProblems(row),
    ...by.flatMap((member, index) => byProblems(row, member, by.indexOf(member) < index)),
  ];
}

function rowProblems(row: TSchema): string[] {
  const { type, properties, additionalProperties = false } = viewOf(row);
  if (type !== 'object' || properties === undefined)
    return [`row: found a schema of the type ${type ?? 'unknown'}; allowed is Type.Object({ … })`];
  const taken = ownMembers.filter((member) => Object.hasOwn(properties, member));
  const open = additionalProperties === false ? [] : ['additionalProperties'];
  const foreign = Object.keys(row).filter((keyword) => !keywords.includes(keyword));
  return [
    ...taken.map((member) => `row: found the member '${member}'; each row has its own ${member}`),
    ...[...open, ...foreign].map(
      (keyword) => `row: found the keyword '${keyword}'; allowed are rules for single members`,
    ),
  ];
}

function byProblems(row: TSchema, member: string, isRepeated: boolean): string[] {
  const { properties = {} } = viewOf(row);
  const texts = Object.keys(properties).filter((key) => isText(properties[key]));
  if (!texts.includes(member))
    return [`by: found '${member}'; allowed are members that are text: ${texts.join(', ')}`];
  if (!memberName.test(member))
    return [`by: found '${member}'; allowed is a name like ${memberName.source}`];
  return isRepeated ? [`by: found '${member}' twice; allowed is once`] : [];
}

/** Whether all values of the schema are text or null. */
function isText(schema: TSchema = {}): boolean {
  return branchesOf(schema).every((branch) => {
    const view = viewOf(branch);
    const values = view.enum ?? ('const' in view ? [view.const] : undefined);
    if (values !== undefined)
      return values.every((value) => value === null || typeof value === 'string');
    return view.type === 'string' || view.type === 'null';
  });
}
