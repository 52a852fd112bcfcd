/**
 * The members of a definition that a user gives as an object. Node.js runs TypeScript without a
 * check of types, and a misspelt `mayDelete` would be the agreement to every deletion. So unknown
 * and missing members are refused before a service runs.
 */
import { meantName } from '../config/nearest-name.ts';
import { Broken } from './ports/errors.ts';
import { isAsync } from './step/async-function.ts';

/** The members of a type; true: the member is needed. */
export type MembersOf<Type> = {
  readonly [Member in keyof Type]-?: Record<never, never> extends Pick<Type, Member> ? false : true;
};

/** Throws `Broken('config-invalid')` that names the place, the found members and the allowed. */
export function checkMembers(
  place: string,
  given: object,
  members: Readonly<Record<string, boolean>>,
): void {
  const names = Object.keys(members);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(members, name));
  const missing = names.filter((name) => members[name] === true && !Object.hasOwn(given, name));
  const problems = [
    ...unknown.map((name) => `found the member '${name}'${meantName(name, names)}`),
    ...missing.map((name) => `lacks the member '${name}'`),
  ];
  if (problems.length > 0)
    throw new Broken(
      'config-invalid',
      `${place}: ${problems.join('; ')}; allowed: ${names.join(', ')}`,
    );
}

/** As `checkMembers`, for each object of a record. */
export function checkEach<Each extends object>(
  place: string,
  record: Readonly<Record<string, Each>>,
  membersOf: (each: Each) => Readonly<Record<string, boolean>>,
): void {
  for (const [name, each] of Object.entries(record))
    checkMembers(`${place}.${name}`, each, membersOf(each));
}

/**
 * Throws `Broken('config-invalid')` for an asynchronous function among these members: its promise
 * would come too late for the step that needs the result.
 *
 * @param instead what to use in place of the function
 */
export function checkSync(
  place: string,
  given: object,
  names: readonly string[],
  instead: string,
): void {
  for (const name of names)
    if (isAsync((given as Readonly<Record<string, unknown>>)[name]))
      throw new Broken(
        'config-invalid',
        `${place}.${name} is asynchronous, and nothing awaits its promise; ${instead}`,
      );
}
