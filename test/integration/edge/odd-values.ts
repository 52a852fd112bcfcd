/**
 * Values that user code hands to the runtime and that are no JSON, or are JSON that is hard to store.
 *
 * Boundary: these values are written by hand, and share no code with the checks of the runtime.
 */

function cycle(): unknown {
  const value: Record<string, unknown> = { name: 'cycle' };
  value['self'] = value;
  return value;
}

function nested(depth: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < depth; level += 1) value = { in: value };
  return value;
}

function withoutPrototype(): object {
  return Object.assign(Object.create(null), { status: 503 });
}

function throwing(): never {
  throw new Error('a member that cannot be read');
}

/** Every operation on this value throws. */
function hostileProxy(): object {
  return new Proxy(
    {},
    {
      get: throwing,
      has: throwing,
      ownKeys: throwing,
      getPrototypeOf: throwing,
      getOwnPropertyDescriptor: throwing,
    },
  );
}

function hostileError(): Error {
  const error = new Error('hidden');
  for (const name of ['message', 'name', 'stack', 'code', 'toString'])
    Object.defineProperty(error, name, { get: throwing });
  return error;
}

class Money {
  readonly cents = 12;

  toJSON(): never {
    return throwing();
  }
}

const megabyte = 1024 * 1024;

/** Each call makes a new value. */
export const oddValues: Readonly<Record<string, () => unknown>> = {
  date: () => new Date(1_900_000_000_000),
  'invalid date': () => new Date(Number.NaN),
  map: () => new Map([['a', 1]]),
  set: () => new Set([1, 2]),
  bigint: () => 12n,
  nan: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  'minus zero': () => -0,
  undefined: () => undefined,
  'undefined member': () => ({ a: undefined, b: 1 }),
  'undefined in a list': () => [1, undefined, 3],
  hole: () => Object.assign(new Array(3), { 0: 1, 2: 3 }),
  function: () => () => 1,
  symbol: () => Symbol('s'),
  'symbol key': () => ({ [Symbol('s')]: 1, a: 1 }),
  cycle,
  'nested 100': () => nested(100),
  'nested 20000': () => nested(20_000),
  'class with a failing toJSON': () => new Money(),
  'failing getter': () => ({
    get a(): never {
      return throwing();
    },
  }),
  'hostile proxy': hostileProxy,
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'no prototype': withoutPrototype,
  'own __proto__': () => JSON.parse('{"__proto__":{"admin":true},"a":1}'),
  regexp: () => /a/g,
  error: () => new TypeError('an error as a value'),
  'hostile error': hostileError,
  bytes: () => Buffer.from([0, 255]),
  'large text': () => 'x'.repeat(megabyte),
  'lone surrogate': () => 'a\ud800b',
  'lone surrogate in a key': () => ({ 'a\udc00': 1 }),
  nul: () => 'a\u0000b',
  'nul in a key': () => ({ 'a\u0000': 1 }),
  promise: () => Promise.resolve(1),
  'promise like': () => Object.fromEntries([['then', 1]]),
  'weak map': () => new WeakMap(),
  url: () => new URL('http://x/'),
  boxed: () => Object('boxed'),
  frozen: () => Object.freeze({ list: Object.freeze([1]) }),
  shared: () => {
    const part = { n: 1 };
    return { one: part, two: part };
  },
  plain: () => ({ list: [1, 'two', null, true], text: 'ü' }),
};

export const oddNames: readonly string[] = Object.keys(oddValues);

/** Values that fail when they are made text. */
export const hostileNames: readonly string[] = [
  ...['hostile error', 'hostile proxy', 'revoked proxy', 'no prototype', 'symbol', 'cycle'],
];

export function oddValue(name: string): unknown {
  return oddValues[name]?.();
}

const membersMax = 20;
const depthMax = 6;

/** The value as text, so that a value that is stored can be compared with the value that was kept. */
export function described(value: unknown, depth = 0): string {
  if (typeof value === 'string')
    return value.length > 100 ? `text of ${value.length}` : JSON.stringify(value);
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
  if (depth === depthMax) return '…';
  try {
    const kind = Array.isArray(value) ? 'list' : Object.prototype.toString.call(value);
    // The prototype is named apart: a Date that was stored as an object differs from a Date.
    const of = Object.getPrototypeOf(value)?.constructor?.name ?? 'nothing';
    const members = Object.keys(value).sort().slice(0, membersMax);
    const texts = members.map(
      (name) => `${JSON.stringify(name)} ${described(Reflect.get(value, name), depth + 1)}`,
    );
    return `${kind} of ${of} {${texts.join(', ')}}`;
  } catch {
    return 'unreadable';
  }
}
