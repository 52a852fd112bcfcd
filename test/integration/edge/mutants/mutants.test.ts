/** The fuzzer catches every known defect of the edge within few messages. */
import { assert, note, suite } from '../../../support/suite.ts';
import { fuzz } from '../fuzz.ts';
import { notYet, notYetKinds } from '../not-yet.ts';
import type { FindingKind } from '../verdict.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';

/** The seeds that are tried, one after the other, with so many messages each. */
const seeds = [1, 2, 3];
const messagesMax = 400;
const test = suite('mutants of the edge', { deadlineMs: 120_000 });

interface Catch {
  readonly kinds: ReadonlySet<FindingKind>;
  readonly messages: number;
}

async function played({ replacements, shows }: Mutant): Promise<Catch> {
  const kinds = new Set<FindingKind>();
  let messages = 0;
  for (const seed of seeds) {
    const report = await fuzz({
      ...{ system: 'memory', seed, messages: messagesMax, failuresMax: 1 },
      without: notYetKinds,
      replacements: replacements(),
    });
    messages += report.messages;
    for (const { findings } of report.failures) for (const { kind } of findings) kinds.add(kind);
    if (shows.some((kind) => kinds.has(kind))) break;
  }
  return { kinds, messages };
}

for (const mutant of mutants.filter(({ draws }) => notYet[draws] === undefined)) {
  test(`the fuzzer catches: ${mutant.name}`, async () => {
    const { kinds, messages } = await played(mutant);
    const found = [...kinds].join(', ') || 'nothing';
    note(`${mutant.name}: ${found} within ${messages} messages`);
    assert.ok(
      mutant.shows.some((kind) => kinds.has(kind)),
      `found ${found}, expected one of ${mutant.shows.join(', ')}`,
    );
  });
}

test.run();
