/** Contexts of traces from strangers, and contexts that go on in headers. */
import type { HeaderValue } from '../../../../runtime/ports/envelope.ts';
import { traceContextIn, traceIdIn, withTraceContext } from '../../../../runtime/ports/tracing.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('contexts of traces');
const traceId = '0af7651916cd43dd8448eb211c80319c';
const good = `00-${traceId}-b7ad6b7169203331-01`;

test('a context is taken with its state', () => {
  const tracestate = 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7';
  assert.equal(traceContextIn({ traceparent: good }), { traceparent: good });
  assert.equal(traceContextIn({ traceparent: good, tracestate }), {
    traceparent: good,
    tracestate,
  });
  assert.is(traceIdIn({ traceparent: good }), traceId);
});

test('a context of a later version is read as one of this version', () => {
  const later = `cc${good.slice(2)}-what-the-future-will-be`;
  assert.equal(traceContextIn({ traceparent: later }), { traceparent: good });
});

const malformed: readonly HeaderValue[] = [
  '',
  good.toUpperCase(),
  `ff${good.slice(2)}`,
  `${good}-more`,
  `${good} `,
  `${good},${good}`,
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId}-b7ad6b7169203331`,
  `cc${good.slice(2)}-${'x'.repeat(10_000)}`,
  `cc${good.slice(2)}-\u0000`,
  17,
  null,
  [good],
  { traceparent: good },
];

test('a malformed context counts as none, whatever a stranger sends', () => {
  for (const traceparent of malformed)
    assert.is(traceContextIn({ traceparent }), undefined, JSON.stringify(traceparent));
  assert.is(traceContextIn(undefined), undefined);
  assert.is(traceContextIn({ tracestate: 'a=1' }), undefined);
  assert.is(traceIdIn({ traceparent: 'x' }), undefined);
});

test('a malformed state is left out, and the context counts', () => {
  for (const tracestate of ['', 'a=\u0007', 'x'.repeat(513), ['a=1'], 5])
    assert.equal(traceContextIn({ traceparent: good, tracestate }), { traceparent: good });
});

test('a context takes the place of another, and other headers stay', () => {
  const old = { traceparent: `00-${'a'.repeat(32)}-b7ad6b7169203331-00`, tracestate: 'old=1' };
  const headers = withTraceContext({ ...old, caller: 'kim' }, { traceparent: good });
  assert.equal(headers, { caller: 'kim', traceparent: good });
  assert.equal(withTraceContext(undefined, { traceparent: good, tracestate: 'a=1' }), {
    traceparent: good,
    tracestate: 'a=1',
  });
});

test.run();
