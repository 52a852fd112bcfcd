/**
 * A dead letter as the command prints it.
 *
 * - redacted: reasons, stacks and headers are printed without secrets, and a body only if it is wanted.
 */
import { isoTime } from '../config/iso-time.ts';
import { redact, redactText } from '../config/redact.ts';
import { editOfHeader, type StoredDeadLetter } from '../runtime/ports/dead-letter.ts';
import type { JsonObject } from '../runtime/ports/json.ts';

/** Two lines: what failed and when, then the reason. */
export function linesOf(deadLetter: StoredDeadLetter): string {
  const { id, service, kind, reason, firstAtMs, lastAtMs, count, replayRequested } = deadLetter;
  const what = kind === 'message' ? (deadLetter.properties.type ?? kind) : kind;
  const last = isoTime(lastAtMs);
  const times = count === 1 ? last : `${count} times, ${isoTime(firstAtMs)} to ${last}`;
  const mark = replayRequested ? '  to be replayed' : '';
  const original = deadLetter.properties.headers?.[editOfHeader];
  const edit = typeof original === 'string' ? `  edit of ${original}` : '';
  return redactText(`${id}  ${service}  ${what}  ${times}${mark}${edit}\n    ${reason}`);
}

/** Without secrets. The body is shown only on request, and then unchanged. */
export function readable({ body, ...rest }: StoredDeadLetter, wantsBody = false): object {
  const bytes = Buffer.from(body, 'base64');
  return {
    ...(redact(rest as JsonObject) as JsonObject),
    ...(wantsBody ? readableBody(bytes) : { bodyBytes: bytes.length }),
  };
}

/** `body` if the bytes are UTF-8, else `bodyBase64`. */
function readableBody(bytes: Buffer): object {
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  return isText ? { body: text } : { bodyBase64: bytes.toString('base64') };
}
