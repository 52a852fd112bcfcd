/**
 * The fuzzer of the edge by hand: `npm run fuzz:edge -- [--messages 20000] [--seed 1] [--system memory] [--json]`.
 *
 * `--from 600` leaves the messages before the number 600 out. `--no-shrink` leaves a failing batch as large as the batch
 * is. Without `--system`, the messages run on memory, on PGlite and, where the servers answer, on RabbitMQ with
 * PostgreSQL. The last line with `--json` is one object `{messages, lost, mixed, mute, endless, crashes, seed}`. Exits 1
 * unless all counts are zero.
 */
import { inspect, parseArgs } from 'node:util';
import { seed as testSeed } from '../../support/seed.ts';
import { unreachable } from '../../support/servers.ts';
import { allKinds, type Kind } from './draw-messages.ts';
import { type SystemName, systemNames } from './edge-system.ts';
import type { PlannedMessage } from './edge-world.ts';
import { type Failure, fuzz } from './fuzz.ts';
import type { Finding, FindingKind } from './verdict.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    messages: { type: 'string', default: '2000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    system: { type: 'string', multiple: true },
    without: { type: 'string', multiple: true, default: [] },
    shrink: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
  },
});

const seed = values.seed === undefined ? testSeed() : Number(values.seed);
const messages = Number(values.messages);
const from = Number(values.from);
const without: readonly Kind[] = allKinds.filter((kind) => values.without.includes(kind));

function isSystem(name: string): name is SystemName {
  return systemNames.some((known) => known === name);
}

async function chosenSystems(): Promise<readonly SystemName[]> {
  if (values.system !== undefined) return values.system.filter(isSystem);
  const absent = await unreachable(['postgres', 'rabbitmq']);
  if (absent.length > 0)
    process.stdout.write(`servers skipped: no answer from ${absent.join(', ')}\n`);
  return absent.length === 0 ? systemNames : systemNames.filter((name) => name !== 'servers');
}

function shown({ message, restart }: PlannedMessage): string {
  const { tag, kind, routingKey, properties, body } = message;
  const text = Buffer.from(body).toString().slice(0, 300);
  return `  ${tag} ${kind}, restart: ${restart}, to ${routingKey}\n    ${inspect(properties, { breakLength: 200, maxStringLength: 60 })}\n    ${JSON.stringify(text)}`;
}

function tellFindings(system: SystemName, from: number, findings: readonly Finding[]): void {
  const lines = findings
    .slice(0, 12)
    .map(({ kind, problem }) => `  ${kind}: ${problem.slice(0, 900)}`);
  process.stdout.write(
    `\n${system}, messages from ${from}: ${findings.length} findings\n${lines.join('\n')}\n`,
  );
}

function tellMessages(system: SystemName, { from, smallest }: Failure): void {
  process.stdout.write(
    `\n${system}, messages from ${from}:\n  shown by ${smallest.length} messages:\n${smallest.slice(0, 6).map(shown).join('\n')}\n` +
      `  again: npm run fuzz:edge -- --system ${system} --seed ${seed} --from ${from} --messages 50\n`,
  );
}

const sum: Record<FindingKind | 'messages', number> = {
  messages: 0,
  ...{ lost: 0, mixed: 0, mute: 0, endless: 0, crashes: 0 },
};
for (const system of await chosenSystems()) {
  const startedMs = performance.now();
  const report = await fuzz({
    system,
    seed,
    messages,
    from,
    without,
    shrinks: values.shrink,
    onFindings: (first, findings) => tellFindings(system, first, findings),
  });
  for (const failure of report.failures) tellMessages(system, failure);
  sum.messages += report.messages;
  for (const [kind, count] of Object.entries(report.counts)) sum[kind as FindingKind] += count;
  const tookMs = Math.round(performance.now() - startedMs);
  process.stdout.write(
    `${system}: ${report.messages} messages in ${tookMs} ms, ${JSON.stringify(report.counts)}\n`,
  );
}
const { messages: played, ...counts } = sum;
process.stdout.write(
  values.json
    ? `${JSON.stringify({ messages: played, ...counts, seed })}\n`
    : `seed ${seed}: ${played} messages, ${JSON.stringify(counts)}\n`,
);
process.exit(Object.values(counts).every((count) => count === 0) ? 0 : 1);
