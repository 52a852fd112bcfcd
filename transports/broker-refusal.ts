/**
 * The refusals of a broker, and the errors that callers of a transport get for them.
 *
 * - Same words: the memory broker and RabbitMQ refuse with the same codes and words (`406`,
 *   "PRECONDITION_FAILED - …"), so one function reads the refusals of both.
 * - Named: an error about a declaration names the object, the argument, the value on the broker and
 *   the value in the config.
 */
import { Broken, Transient } from '../runtime/ports/errors.ts';

/**
 * An AMQP error: a reply code (AMQP 0-9-1 §1.1) and the broker's reason. The broker has closed the
 * channel on which the error came.
 */
export class BrokerRefusal extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.name = 'BrokerRefusal';
    this.code = code;
  }
}

const inequivalent =
  /inequivalent arg '([^']+)' for \w+ '.*' in vhost '.*': received (.+) but current is (.+)$/;

/** `the value '5' of type 'byte'`, `'true'` and `none`, in the spelling of the config. */
function plainValue(brokerValue: string): string {
  return (
    /^(?:the value )?'(.*?)'(?: of type '\w+')?$/.exec(brokerValue.trim())?.[1] ??
    brokerValue.replace(/^the value /, '')
  );
}

function mismatch(subject: string, refusal: BrokerRefusal): string {
  const found = inequivalent.exec(refusal.message);
  if (found === null) return `${subject} is refused by the broker: ${refusal.message}`;
  const [, argument = '', received = '', current = ''] = found;
  return `${subject}: '${argument}' is ${plainValue(current)} on the broker, but the config says ${plainValue(received)} (406 PRECONDITION_FAILED)`;
}

/**
 * The error for an object of the topology that the broker refused. `subject` is the object as the
 * config names it, e.g. `queue 'tags_model_crud_consume'`.
 */
export function declarationError(subject: string, refusal: BrokerRefusal): Broken | Transient {
  const details = { at: subject, cause: refusal };
  switch (refusal.code) {
    case 404:
      return new Broken(
        'config-invalid',
        `${subject} needs what the broker does not have: ${refusal.message}`,
        details,
      );
    case 405:
      return new Transient(
        'not-reachable',
        `${subject} belongs to another connection: ${refusal.message}`,
        details,
      );
    case 406:
      return new Broken('config-invalid', mismatch(subject, refusal), details);
    default:
      return new Broken(
        'config-invalid',
        `${subject} is refused by the broker: ${refusal.code} ${refusal.message}`,
        details,
      );
  }
}

/** The error for an object that is only checked (`declare: false`) and does not exist. */
export function missingError(subject: string, refusal: BrokerRefusal): Broken {
  const message = `${subject} does not exist on the broker, and the config says 'declare': false (404 NOT_FOUND)`;
  return new Broken('config-invalid', message, { at: subject, cause: refusal });
}

/** Whether the user of the connection may not write there. */
export function isWriteRefusal({ code }: BrokerRefusal): boolean {
  return code === 403;
}

/** The error for a message to an exchange that refuses the message. */
export function publishError(exchange: string, refusal: BrokerRefusal): Broken | Transient {
  if (!isWriteRefusal(refusal)) return declarationError(`exchange '${exchange}'`, refusal);
  const message = `the broker takes no such message of this user: ${refusal.message}`;
  return new Broken('not-permitted', message, { at: `exchange '${exchange}'`, cause: refusal });
}

const overMaximum = /message size \d+ is larger than (?:configured )?max size (\d+)/;

/** The most bytes of a body that the broker takes, where the broker refuses a larger body. */
export function bodyBytesMaxIn(refusal: BrokerRefusal | undefined): number | undefined {
  const found = overMaximum.exec(refusal?.message ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The error for a message whose body is larger than the broker takes. */
export function bodyTooLargeError(bytes: number, bytesMax: number): Broken {
  const message = `the body has ${bytes} bytes; the broker takes at most ${bytesMax}`;
  return new Broken('body-too-large', message, { at: '/body' });
}
