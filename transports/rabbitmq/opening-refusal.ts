/**
 * The words with which a broker refuses to open a virtual host.
 *
 * amqplib reads the broker's `connection.close` in answer to `connection.open` and reports only
 * that another method came; code and reason are dropped. This file keeps both, in the error of the
 * connection attempt.
 *
 * Boundary: knows amqplib's class `Connection`, which amqplib does not export. The version of
 * amqplib is pinned, and the tests of the transport try to open a virtual host that does not exist.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BrokerRefusal } from '../broker-refusal.ts';

interface Frame {
  readonly fields?: { readonly replyCode?: number; readonly replyText?: string };
}
type Step = (take: (error: Error | null, frame: Frame | null) => void) => void;
type Opened = (error: Error | null, ok?: unknown) => void;
interface ConnectionPrototype {
  open(this: { step: Step }, fields: unknown, opened: Opened): void;
}

const require = createRequire(import.meta.url);
const library = dirname(require.resolve('amqplib'));
const { Connection }: { Connection: { prototype: ConnectionPrototype } } = require(
  join(library, 'lib/connection.js'),
);
let isKept = false;

/** From now on a refused virtual host is a `BrokerRefusal`. Idempotent. */
export function keepOpeningRefusals(): void {
  if (isKept) return;
  isKept = true;
  const { open } = Connection.prototype;
  Connection.prototype.open = function openKeepingRefusal(fields, opened) {
    let refusal: BrokerRefusal | undefined;
    const { step } = this;
    this.step = (take) =>
      step.call(this, (error, frame) => {
        const { replyCode, replyText = '' } = frame?.fields ?? {};
        if (replyCode !== undefined) refusal = new BrokerRefusal(replyCode, replyText);
        take(error, frame);
      });
    open.call(this, fields, (error, ok) => opened(error && (refusal ?? error), ok));
  };
}
