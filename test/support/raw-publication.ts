/**
 * Publishes a message whose headers are bytes of a field table (AMQP 0-9-1 §4.2.5.5), for types that amqplib does not
 * write. The frames are written here by hand and share no code with amqplib or the product.
 */
import type { Channel } from 'amqplib';

/** A value of a field table: its type and its bytes. */
export interface Field {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface RawPublication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly contentType?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly messageId?: string;
  readonly appId?: string;
  readonly headers: Uint8Array;
  readonly body: Uint8Array;
}

const frameTypes = { method: 1, header: 2, body: 3 };
const frameEnd = 0xce;
const bodyFrameMax = 100_000;

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([long(bytes.length), bytes]);
}

function shortText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/** The bytes of a table or of the value of a type `F`, without the length. */
export function tableOf(fields: readonly (readonly [name: string, field: Field])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, field]) => [shortText(name), fieldBytes(field)]));
}

/** A value with the length of its bytes before them: a text, bytes, a table or a list. */
export function sized(type: 'S' | 'x' | 'F' | 'A', bytes: Uint8Array): Field {
  return { type, bytes: withLength(bytes) };
}

export function fieldBytes({ type, bytes }: Field): Buffer {
  return Buffer.concat([Buffer.from(type, 'latin1'), bytes]);
}

/** A list in a list, and so on. The time grows with the number of levels, not with its square. */
export function nestedLists(levels: number): Field {
  const bytes = Buffer.alloc(5 * levels + 1);
  for (let level = 0; level < levels; level += 1) {
    bytes.write('A', 5 * level, 'latin1');
    bytes.writeUInt32BE(5 * (levels - level - 1) + 1, 5 * level + 1);
  }
  bytes.write('V', 5 * levels, 'latin1');
  return { type: 'A', bytes: bytes.subarray(1) };
}

function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  const head = Buffer.concat([Buffer.of(type), short(channel), long(payload.length)]);
  return Buffer.concat([head, payload, Buffer.of(frameEnd)]);
}

function propertiesOf(message: RawPublication): Buffer {
  const { contentType, correlationId, replyTo, messageId, appId } = message;
  const persistent = Buffer.of(2);
  const parts: readonly (readonly [bit: number, bytes: Buffer | undefined])[] = [
    [15, contentType === undefined ? undefined : shortText(contentType)],
    [13, withLength(message.headers)],
    [12, persistent],
    [10, correlationId === undefined ? undefined : shortText(correlationId)],
    [9, replyTo === undefined ? undefined : shortText(replyTo)],
    [7, messageId === undefined ? undefined : shortText(messageId)],
    [3, appId === undefined ? undefined : shortText(appId)],
  ];
  const present = parts.flatMap(([bit, bytes]) => (bytes === undefined ? [] : [{ bit, bytes }]));
  const flags = present.reduce((sum, { bit }) => sum | (1 << bit), 0);
  return Buffer.concat([short(flags), ...present.map(({ bytes }) => bytes)]);
}

function framesOf(message: RawPublication, channel: number): Buffer {
  const basicPublish = [short(60), short(40), short(0)];
  const to = [shortText(message.exchange), shortText(message.routingKey), Buffer.of(0)];
  const size = Buffer.concat([long(0), long(message.body.length)]);
  const frames = [
    frame(frameTypes.method, channel, Buffer.concat([...basicPublish, ...to])),
    frame(
      frameTypes.header,
      channel,
      Buffer.concat([short(60), short(0), size, propertiesOf(message)]),
    ),
  ];
  for (let at = 0; at < message.body.length; at += bodyFrameMax)
    frames.push(frame(frameTypes.body, channel, message.body.subarray(at, at + bodyFrameMax)));
  return Buffer.concat(frames);
}

/** Resolves when the broker has taken the message. `queue`: a queue that is there. */
export async function publishRaw(
  channel: Channel,
  message: RawPublication,
  queue: string,
): Promise<void> {
  const { ch, connection } = channel as unknown as {
    ch: number;
    connection: { stream: NodeJS.WritableStream };
  };
  connection.stream.write(framesOf(message, ch));
  // The broker handles the frames of a channel one after the other.
  await channel.checkQueue(queue);
}
