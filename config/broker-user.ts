/**
 * The key `broker_user` of a config: the user as which the service connects to the broker, in place
 * of the user in `amqp_url`. The password stands in a file of its own.
 *
 * - whole: a user without a readable password on a broker outside the process is refused at its
 *   place.
 */
import { type Static, Type } from 'typebox';
import type { Path } from './pointer.ts';
import { shown } from './shown.ts';

export const brokerUserSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255, description: 'Name of the user.' }),
    password_file: Type.Optional(
      Type.String({
        minLength: 1,
        examples: ['/run/secrets/tags-broker'],
        description:
          'A file with the password and nothing else. A broker in the process needs no password.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'The user of the broker as which the service connects, in place of the user in `amqp_url`. ' +
      'Services of one process with the same user share a connection.',
  },
);

export type BrokerUserOptions = Static<typeof brokerUserSchema>;

/** The user of a connection to the broker. */
export type BrokerUser = { readonly name: string; readonly password: string };

export interface BrokerUserReading {
  readonly readFile: (path: string) => string;
  /** Whether the broker asks for a password. */
  readonly needsPassword: boolean;
  readonly report: (path: Path, found: string, allowed: string) => void;
}

const path: Path = ['broker_user', 'password_file'];
const allowed = 'the path of a file that holds the password of the user';

/** Undefined without the key, and for a user whose password is reported as a problem. */
export function brokerUserOf(
  options: BrokerUserOptions | undefined,
  { readFile, needsPassword, report }: BrokerUserReading,
): BrokerUser | undefined {
  if (options === undefined) return undefined;
  const { name, password_file: file } = options;
  if (!needsPassword && file === undefined) return { name, password: '' };
  const problem = (found: string): undefined => {
    report(path, found, allowed);
  };
  if (file === undefined) return problem('nothing');
  try {
    const password = readFile(file).replace(/\r?\n$/, '');
    return password === '' ? problem(`${shown(file)}, which is empty`) : { name, password };
  } catch {
    return problem(`${shown(file)}, which cannot be read`);
  }
}
