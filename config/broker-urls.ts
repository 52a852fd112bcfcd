/**
 * The URLs of brokers in `amqp_url`. The caller gives the schemes that the transports know.
 *
 * - A broker outside the process has an address behind `scheme://`. A broker in the process has
 *   none.
 * - Several URLs are separated by commas. A comma may stand in a password; a separating comma
 *   stands before a scheme.
 */

/** A scheme that `amqp_url` may have. */
export interface BrokerScheme {
  /** A URL of this scheme. */
  readonly example: string;
  /** true: the broker is a part of the process. */
  readonly inProcess: boolean;
  /** Reads a URL of this scheme. Throws `UrlProblem` if the transport cannot use the URL. */
  readonly check?: (url: string) => unknown;
}

/** The schemes of `amqp_url` by name (`amqp`). */
export type BrokerSchemes = Readonly<Record<string, BrokerScheme>>;

/** Source of a regular expression for one URL, or for several after an address. */
export function brokerUrlPattern(schemes: BrokerSchemes): string {
  const forms = Object.entries(schemes).map(
    ([name, { inProcess }]) => `${escaped(name)}://${inProcess ? '' : '[^\\s]+'}`,
  );
  return `^(${forms.join('|')})$`;
}

export function separateBrokerUrls(text: string, schemes: BrokerSchemes): readonly string[] {
  const names = Object.keys(schemes).map(escaped);
  return text.split(new RegExp(`,(?=(?:${names.join('|')})://)`));
}

/** Throws `UrlProblem` for a URL that the transport of its scheme cannot use. */
export function checkBrokerUrl(url: string, schemes: BrokerSchemes): void {
  const [name = ''] = url.split('://');
  if (Object.hasOwn(schemes, name)) schemes[name]?.check?.(url);
}

/** Whether a URL of that scheme is a broker in the process. */
export function isOfProcess(url: string, schemes: BrokerSchemes): boolean {
  const [name = ''] = url.split('://');
  return Object.hasOwn(schemes, name) && schemes[name]?.inProcess === true;
}

/** Of the characters that a scheme may have, two mean something in a regular expression. */
function escaped(scheme: string): string {
  return scheme.replaceAll(/[.+]/g, '\\$&');
}
