/**
 * Short names of a plan's nodes and sagas, and their ids: a name of up to four characters is the
 * beginning of its id.
 */

/** The attribute of nodes with the URLs of files. */
export const filesAttribute = 'picture';
/** The name of the links of a config, and the member of its messages. */
export const linkName = 'Peers';
export const linkAttribute = 'peerId';

const rest = '-0000-7000-8000-000000000000';
const pattern = /([0-9a-f]{8})-0000-7000-8000-000000000000/g;

export function idOf(name: string): string {
  return `${Buffer.from(name.padEnd(4, '\0'), 'latin1').toString('hex')}${rest}`;
}

/** The identity of a request of the simulation's client. */
export function requestOf(name: string): string {
  return `${idOf(name)}@client`;
}

/** The text with names in place of ids. */
export function withNames(text: string): string {
  return text.replaceAll(pattern, (_, hex: string) =>
    Buffer.from(hex, 'hex').toString('latin1').replaceAll('\0', ''),
  );
}
