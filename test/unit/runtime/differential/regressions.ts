/** Pairs that once differed, as the fuzzer printed them, each with what it showed. */
import type { Pair } from './pairs.ts';

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
];
