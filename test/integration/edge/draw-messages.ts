/**
 * Draws the messages of strangers from a seed.
 *
 * - Concrete: a drawn message holds everything, so any part of a plan can be run alone.
 * - Own judgement: the expectation of a message follows from how it was drawn. Nothing here calls the checks of the
 *   runtime.
 * - One secret for each actor that a message is meant for. A message that names no actor has a secret of its own.
 */
import type { Headers, MessageProperties } from '../../../runtime/ports/envelope.ts';
import { destinationPlaces, headerPlaces, places, throwingPlaces } from './awkward-machine.ts';
import type { Draw } from './draw.ts';
import { routingKeyOf } from './edge-services.ts';
import { drawnTable } from './field-tables.ts';
import { oddBodies } from './odd-bodies.ts';
import { destinationNames } from './odd-destinations.ts';
import { oddHeaders, oddIds, oddKeys, oddProperties, validOddKeys } from './odd-properties.ts';
import { storeReads } from './odd-store.ts';
import { hostileNames, oddNames } from './odd-values.ts';
import { answersQueue, replyKeyOf, type StrangeMessage } from './strange-message.ts';
import { secretOf, tagOf } from './traces.ts';

type Draft = { -readonly [Name in keyof StrangeMessage]: StrangeMessage[Name] };
type Body = { action: unknown; data: Record<string, unknown> };

const kinds = {
  plain: 24,
  'valid key': 8,
  'odd key': 10,
  'odd ids': 10,
  'joined ids': 6,
  again: 10,
  'odd body': 12,
  'odd headers': 6,
  'typed headers': 8,
  'odd properties': 8,
  'reply to nobody': 4,
  'gone exchange': 1,
  'odd value': 24,
  'odd destination': 6,
  'odd store': 1,
  'odd target': 4,
  several: 3,
  pair: 6,
  checked: 4,
  want: 10,
  view: 6,
  'stray answer': 2,
} as const;

export type Kind = keyof typeof kinds;
export const allKinds = Object.keys(kinds) as readonly Kind[];

/** Messages that share a small pool of keys meet in the same actors. */
const keysInPool = 6;
/** The pool of keys is renewed after so many messages, so that actors stay small. */
const poolMessages = 200;

export class MessageSource {
  readonly #draw: Draw;
  readonly #weights: Readonly<Partial<Record<Kind, number>>>;
  readonly #secrets = new Map<string, string>();
  readonly #sent: StrangeMessage[] = [];
  #count = 0;

  /** `without`: kinds that are not drawn. */
  constructor(draw: Draw, without: readonly Kind[] = []) {
    this.#draw = draw;
    this.#weights = Object.fromEntries(
      Object.entries(kinds).filter(([name]) => !without.some((left) => left === name)),
    );
  }

  next(): StrangeMessage {
    const kind = this.#draw.weighted(this.#weights as Record<Kind, number>);
    const message = this.#make(kind);
    this.#sent.push(message);
    if (this.#sent.length > keysInPool * 4) this.#sent.shift();
    this.#count += 1;
    return message;
  }

  #make(kind: Kind): StrangeMessage {
    const draw = this.#draw;
    switch (kind) {
      case 'plain':
        return this.#toCart(kind, this.#key());
      case 'valid key':
        return this.#toCart(kind, draw.of(validOddKeys));
      case 'odd key':
        return this.#withOddKey();
      case 'odd ids':
        return this.#withOddIds();
      case 'joined ids':
        return this.#withJoinedIds();
      case 'again':
        return this.#again();
      case 'odd body':
        return this.#withOddBody();
      case 'odd headers':
        return this.#withOddHeaders();
      case 'typed headers':
        return this.#withTypedHeaders();
      case 'odd properties':
        return this.#withOddProperties();
      case 'reply to nobody':
        return this.#repliedToNobody();
      case 'gone exchange':
        return this.#throughGoneExchange();
      case 'odd value':
        return this.#withOddValue();
      case 'odd destination':
        return this.#awkward(draw.of(destinationPlaces), draw.of(destinationNames));
      case 'odd store':
        return this.#withOddRead();
      case 'odd target':
        return this.#withOddTarget();
      case 'several':
        return this.#toSeveral();
      case 'pair':
        return this.#toPair();
      case 'checked':
        return this.#checked();
      case 'want':
        // One shop, so that a child is often replaced while its question is open.
        return this.#addressed(kind, 'shop', 'want', `shop ${this.#pool()}`);
      case 'view':
        return this.#view();
      case 'stray answer':
        return this.#strayAnswer();
      default:
        return kind satisfies never;
    }
  }

  /** A key of the pool. */
  #key(): string {
    return `key ${this.#pool()}.${this.#draw.below(keysInPool)}`;
  }

  #pool(): number {
    return Math.floor(this.#count / poolMessages);
  }

  /** The secret of an actor; without a name, a secret that no other message has. */
  #secret(name: string | undefined = undefined): string {
    const of = name ?? `message ${this.#count}`;
    const secret = this.#secrets.get(of) ?? secretOf(this.#secrets.size);
    this.#secrets.set(of, secret);
    return secret;
  }

  /** A message without anything odd, as a question or one-way. */
  #base(kind: string, body: Body, secrets: readonly string[]): Draft {
    const tag = tagOf(this.#count);
    const asks = !this.#draw.oneIn(3);
    const properties: MessageProperties = {
      messageId: `id ${tag}`,
      contentType: 'application/json',
      appId: 'stranger',
      persistent: true,
      ...(asks ? { replyTo: replyKeyOf(tag), correlationId: `correlation ${tag}` } : {}),
    };
    return {
      tag,
      kind,
      routingKey: routingKeyOf('edge'),
      properties,
      body: Buffer.from(JSON.stringify(body)),
      throughGoneExchange: false,
      secrets,
      meant: [],
      expected: 'any',
      asks,
      traceable: true,
    };
  }

  /** A correct message for one actor. */
  #addressed(kind: string, machine: string, action: string, key: string, more = {}): Draft {
    const secret = this.#secret(`${machine} ${key}`);
    const data = { id: key, tag: tagOf(this.#count), secret, ...more };
    const message = this.#base(kind, { action, data }, [secret]);
    message.meant = [{ machine, key }];
    message.expected = 'handled';
    return message;
  }

  #toCart(kind: string, key: string): Draft {
    return this.#addressed(kind, 'cart', 'add', key);
  }

  #awkward(place: string, kind: string): Draft {
    const more = { place, kind };
    const message = this.#addressed(`${place}: ${kind}`, 'awkward', 'odd', this.#key(), more);
    message.expected = 'any';
    return message;
  }

  #withOddValue(): Draft {
    const draw = this.#draw;
    // The ways out of an error are as many as all other places together.
    const place = draw.oneIn(3) ? draw.of(throwingPlaces) : draw.of(places);
    const isThrown = throwingPlaces.some((one) => one === place);
    const names = isThrown && draw.oneIn(2) ? hostileNames : oddNames;
    return this.#awkward(place, draw.of(names));
  }

  #withOddRead(): Draft {
    const [op, kind] = [this.#draw.of(storeReads), this.#draw.of(oddNames)];
    const more = { op, kind };
    const message = this.#addressed(`${op}: ${kind}`, 'awkward', 'stored', this.#key(), more);
    message.expected = 'any';
    return message;
  }

  #withOddKey(): Draft {
    const draw = this.#draw;
    const near = this.#key();
    const key = draw.oneIn(3) ? draw.of([[near], { key: near }, [[near]]]) : draw.of(oddKeys)();
    const action = draw.of(['add', 'odd', 'want']);
    const secret = this.#secret();
    const data = { id: key, tag: tagOf(this.#count), secret, place: 'none' };
    const message = this.#base(`key ${JSON.stringify(key)}`.slice(0, 60), { action, data }, [
      secret,
    ]);
    message.expected = 'refused';
    return message;
  }

  #withOddIds(): Draft {
    const message = this.#toCart('ids', this.#key());
    const { name, change, isValid } = this.#draw.of(oddIds);
    const { properties, body } = change(message.tag, message.properties, bodyOf(message));
    message.kind = `ids: ${name}`;
    message.properties = properties;
    message.body = Buffer.from(JSON.stringify(body));
    message.asks = properties.replyTo === replyKeyOf(message.tag);
    message.expected = isValid ? 'handled' : 'any';
    return message;
  }

  /** Without a message id, the identity has two parts, which a careless runtime joins with a space. */
  #withJoinedIds(): Draft {
    const message = this.#toCart('joined ids', `joined ${this.#pool()}`);
    const at = this.#draw.below(3);
    const words = ['r.joined', `${this.#pool()}`, 'b', 'c'];
    const { messageId: _left, ...rest } = message.properties;
    message.properties = {
      ...rest,
      replyTo: words.slice(0, at + 1).join(' '),
      correlationId: words.slice(at + 1).join(' '),
      appId: message.tag,
    };
    message.asks = false;
    return message;
  }

  #again(): Draft {
    const draw = this.#draw;
    // A message with typed headers has a connection of its own, so a later one may arrive before it.
    const earlier = this.#sent.filter(
      ({ expected, properties, table }) =>
        expected === 'handled' && properties.messageId !== undefined && table === undefined,
    );
    if (earlier.length === 0) return this.#toCart('plain', this.#key());
    const first = draw.of(earlier);
    if (draw.oneIn(2)) return { ...first, kind: `again: ${first.kind}` };
    const other = this.#toCart('', this.#key());
    const sameSender = draw.oneIn(2);
    other.kind = sameSender ? 'id of another message' : 'id of a message of another sender';
    other.properties = {
      ...other.properties,
      messageId: first.properties.messageId ?? '',
      appId: sameSender ? (first.properties.appId ?? '') : `sender ${other.tag}`,
    };
    other.expected = sameSender ? 'any' : 'handled';
    return other;
  }

  #withOddBody(): Draft {
    const message = this.#toCart('body', this.#key());
    const { name, change, isValid = false } = this.#draw.of(oddBodies);
    const { body, properties = message.properties } = change(bodyOf(message), message.properties);
    message.kind = `body: ${name}`;
    message.body = body;
    message.properties = properties;
    message.expected = isValid ? 'handled' : 'any';
    return message;
  }

  #withOddHeaders(): Draft {
    const message = this.#toCart('headers', this.#key());
    const { name, headers, isValid = true } = this.#draw.of(oddHeaders);
    message.kind = `headers: ${name}`;
    if (!isValid) message.expected = 'any';
    message.properties = { ...message.properties, headers: headers as Headers };
    return message;
  }

  /** For an actor that reads no headers, or for an actor that keeps the headers or sends the headers on. */
  #withTypedHeaders(): Draft {
    const draw = this.#draw;
    const table = drawnTable(draw);
    const message = draw.oneIn(2)
      ? this.#toCart('typed headers', this.#key())
      : this.#awkward(draw.of(headerPlaces), 'headers');
    message.kind = `${message.kind}: ${table.name}`;
    message.table = table;
    const hasId = !draw.oneIn(4);
    if (!hasId) {
      const { messageId: _left, ...rest } = message.properties;
      message.properties = rest;
    }
    if (!(hasId && table.isValid)) message.expected = 'any';
    return message;
  }

  #withOddProperties(): Draft {
    const message = this.#toCart('properties', this.#key());
    const { name, properties } = this.#draw.of(oddProperties);
    message.kind = `properties: ${name}`;
    message.properties = { ...message.properties, ...properties };
    message.expected = 'any';
    return message;
  }

  #repliedToNobody(): Draft {
    const message = this.#toCart('reply to nobody', this.#key());
    const replyTo = this.#draw.of([
      ...['nobody', '', 'q'.repeat(255), 'amq.rabbitmq.reply-to.bogus', 'amq.gen-gone', 'a\u0000b'],
      ...['#', '*.*', 'edge.in', 'edge_reply', '\ud800'],
    ]);
    message.kind = `reply to ${JSON.stringify(replyTo.slice(0, 30))}`;
    message.properties = { ...message.properties, replyTo };
    message.asks = false;
    if (!replyTo.isWellFormed()) message.expected = 'any';
    return message;
  }

  /** The answer can go only straight to the queue that the reply address names. */
  #throughGoneExchange(): Draft {
    const message = this.#toCart('gone exchange', this.#key());
    message.throughGoneExchange = true;
    message.asks = true;
    message.properties = {
      ...message.properties,
      replyTo: answersQueue,
      correlationId: `correlation ${message.tag}`,
    };
    return message;
  }

  #withOddTarget(): Draft {
    const action = this.#draw.of(['odd target', 'failing target']);
    const kind = this.#draw.of(oddNames);
    const secret = this.#secret();
    const data = { id: 'x', tag: tagOf(this.#count), secret, kind };
    const message = this.#base(`${action}: ${kind}`, { action, data }, [secret]);
    message.expected = 'refused';
    return message;
  }

  #toSeveral(): Draft {
    const secret = this.#secret();
    const tag = tagOf(this.#count);
    const ids = [`several ${tag} one`, `several ${tag} two`];
    const message = this.#base('several', { action: 'several', data: { ids, tag, secret } }, [
      secret,
    ]);
    message.meant = ids.map((key) => ({ machine: 'cart', key }));
    message.expected = 'handled';
    return message;
  }

  #toPair(): Draft {
    const at = 1 + this.#draw.below(3);
    const words = ['a', 'b', 'c', `pair ${this.#pool()}`];
    const [one, two] = [words.slice(0, at).join('/'), words.slice(at).join('/')];
    const secret = this.#secret(`pair ${JSON.stringify([one, two])}`);
    const data = { one, two, tag: tagOf(this.#count), secret };
    const message = this.#base('pair', { action: 'pair', data }, [secret]);
    message.meant = [{ machine: 'cart', key: JSON.stringify([one, two]) }];
    message.expected = 'handled';
    return message;
  }

  #checked(): Draft {
    const count = this.#draw.of<unknown>([1, 0, -1, 1.5, '1', null, 1e308]);
    const message = this.#addressed('checked', 'cart', 'checked', this.#key(), { count });
    const fits = count === 1 || count === 0;
    message.kind = `checked: ${JSON.stringify(count)}`;
    message.expected = fits ? 'handled' : count === 1e308 ? 'any' : 'refused';
    if (message.expected === 'refused') message.secrets = [this.#secret()];
    return message;
  }

  /** A gateway may show only the cart that its question names. */
  #view(): Draft {
    const key = this.#key();
    const message = this.#addressed('view', 'cart', 'view', key);
    const earlier = this.#sent.filter(({ kind }) => kind === 'view');
    if (earlier.length > 0 && this.#draw.oneIn(2)) {
      const first = this.#draw.of(earlier);
      message.kind = 'view under the id of another view';
      message.properties = {
        ...message.properties,
        messageId: first.properties.messageId ?? '',
      };
    }
    // A gateway keeps no history: its answer is the only trace.
    message.properties = {
      ...message.properties,
      replyTo: replyKeyOf(message.tag),
      correlationId: `correlation ${message.tag}`,
    };
    message.asks = true;
    message.meant = [];
    message.expected = 'any';
    return message;
  }

  #strayAnswer(): Draft {
    const message = this.#toCart('stray answer', this.#key());
    message.routingKey = this.#draw.of(['edge_reply', 'prices_reply', 'edge.in']);
    message.properties = {
      persistent: true,
      contentType: 'application/json',
      correlationId: this.#draw.of(['', 'x', 'a\u0000b', message.tag]),
    };
    message.meant = [];
    message.asks = false;
    message.expected = 'dropped';
    return message;
  }
}

function bodyOf({ body }: Pick<StrangeMessage, 'body'>): Body {
  return JSON.parse(Buffer.from(body).toString());
}
