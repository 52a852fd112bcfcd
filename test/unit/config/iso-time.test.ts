/** Texts that are dates or times of ISO 8601, and texts that `Date.parse` takes for such. */
import { parseIsoTime } from '../../../config/iso-time.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('times of ISO 8601');
const shown = (text: string) => {
  const ms = parseIsoTime(text);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

test('years, months, days and times are read, in UTC where no offset is given', () => {
  const day = '2024-02-29T00:00:00.000Z';
  const evening = '2024-02-29T20:15:30.250Z';
  const read: Readonly<Record<string, string>> = {
    '2036': '2036-01-01T00:00:00.000Z',
    '2036-11': '2036-11-01T00:00:00.000Z',
    '2024-02-29': day,
    '2024-02-29T00:00': day,
    '2024-02-29T20:15:30.25Z': evening,
    '2024-02-29t20:15:30,250z': evening,
    '2024-02-29 20:15:30.250': evening,
    '2024-02-29T22:15:30.250999+02:00': evening,
    '2024-02-29T22:15:30.250+0200': evening,
    '2024-02-29T12:15:30.250-08': evening,
    '2023-12-31T23:30:00-00:45': '2024-01-01T00:15:00.000Z',
    '0099-03-01': '0099-03-01T00:00:00.000Z',
  };
  for (const [text, time] of Object.entries(read)) assert.is(shown(text), time, text);
});

test('what only looks like a time is none, although Date.parse reads much of it', () => {
  const others = ['', ' ', '1', 'hello 1', '10 years', 'tomorrow', '20240229', 'Feb 29 2024'];
  const days = ['2024-02-30', '2023-02-29', '2024-13-01', '2024-00-10', '2024-04-31', '2024-1-1'];
  const times = ['2024-01-01T24:00', '2024-01-01T10', '2024-01-01T10:60', '2024-01-01T10:00:60'];
  const odd = ['2024-01-01T10:00+24:00', '2024-01-01T10:00Z ', '2024-01-01\n', '+012024-01-01'];
  for (const text of [...others, ...days, ...times, ...odd])
    assert.is(shown(text), undefined, text);
  assert.ok([...others, ...days].some((text) => !Number.isNaN(Date.parse(text))));
});

test.run();
