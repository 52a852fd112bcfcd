/** Pairs that once differed, as the fuzzer printed them, each with what it showed. */
import type { StateSketch } from '../../../support/machine-sketch.ts';
import type { Pair } from './pairs.ts';

const atomic: StateSketch = {
  kind: 'atomic',
  children: [],
  initial: 0,
  history: 'none',
  entry: [],
  exit: [],
  on: [],
  always: null,
  after: null,
  onDone: null,
  invokes: 'nothing',
  minds: false,
};
const always = {
  event: 0,
  target: 52,
  guard: { modulus: 2, rest: 0 },
  actions: [{ kind: 'count' as const }],
  reenter: false,
};

export const regressions: readonly (readonly [string, Pair])[] = [
  [
    'a child throws while its state is left and entered again: what it had under way ends with it',
    [
      {
        kind: 'compound',
        children: [
          {
            kind: 'compound',
            children: [
              {
                kind: 'parallel',
                children: [
                  {
                    kind: 'atomic',
                    children: [],
                    initial: 0,
                    history: 'none',
                    entry: [],
                    exit: [],
                    on: [],
                    always: null,
                    after: null,
                    onDone: { event: 0, target: 0, guard: null, actions: [], reenter: false },
                    invokes: 'work',
                    minds: false,
                  },
                ],
                initial: 0,
                history: 'none',
                entry: [],
                exit: [{ kind: 'tell', event: 2 }],
                on: [
                  {
                    event: 0,
                    target: null,
                    guard: { modulus: 2, rest: 0 },
                    actions: [{ kind: 'tell', event: 0 }],
                    reenter: false,
                  },
                ],
                always: null,
                after: null,
                onDone: null,
                invokes: 'companion',
                minds: false,
              },
            ],
            initial: 0,
            history: 'none',
            entry: [],
            exit: [],
            on: [],
            always: null,
            after: null,
            onDone: null,
            invokes: 'nothing',
            minds: false,
          },
        ],
        initial: 0,
        history: 'none',
        entry: [],
        exit: [],
        on: [],
        always: null,
        after: null,
        onDone: null,
        invokes: 'nothing',
        minds: false,
      },
      [{ passMs: 5 }, { event: 'A' }, { work: 3, fails: false }],
    ],
  ],
  [
    'a child stops its own state by telling its parent: the child still tells its own child',
    [
      {
        kind: 'compound',
        children: [
          {
            kind: 'parallel',
            children: [
              {
                kind: 'atomic',
                children: [
                  {
                    kind: 'atomic',
                    children: [],
                    initial: 0,
                    history: 'none',
                    entry: [],
                    exit: [],
                    on: [],
                    always: null,
                    after: null,
                    onDone: null,
                    invokes: 'nothing',
                    minds: false,
                  },
                ],
                initial: 0,
                history: 'none',
                entry: [{ kind: 'tellLater', event: 0, delayMs: 1 }],
                exit: [],
                on: [],
                always: {
                  event: 0,
                  target: 0,
                  guard: { modulus: 3, rest: 0, isInline: false, withBy: false },
                  actions: [{ kind: 'count' }],
                  reenter: false,
                },
                after: null,
                onDone: null,
                invokes: 'companion',
                minds: false,
              },
            ],
            initial: 0,
            history: 'none',
            entry: [],
            exit: [],
            on: [
              { event: 8, target: null, guard: null, actions: [{ kind: 'count' }], reenter: false },
            ],
            always: null,
            after: null,
            onDone: null,
            invokes: 'nothing',
            minds: false,
          },
        ],
        initial: 0,
        history: 'none',
        entry: [],
        exit: [],
        on: [],
        always: null,
        after: null,
        onDone: null,
        invokes: 'nothing',
        minds: false,
        start: {},
      },
      [{ event: 'A', members: {} }, { passMs: 1 }, { event: 'A', members: {} }],
    ],
  ],
  [
    'XState leaves the root without an active state below: the stored value says so',
    [
      {
        ...atomic,
        kind: 'compound',
        children: [
          {
            ...atomic,
            kind: 'compound',
            children: [
              atomic,
              { ...atomic, kind: 'parallel', history: 'deep', children: [{ ...atomic, always }] },
            ],
            initial: 3,
            history: 'shallow',
          },
          atomic,
          {
            ...atomic,
            kind: 'compound',
            children: [atomic, { ...atomic, kind: 'parallel', children: [atomic] }, atomic],
          },
        ],
        on: [{ event: 0, target: 37, guard: null, actions: [], reenter: true }],
      },
      [{ event: 'A' }],
    ],
  ],
];
