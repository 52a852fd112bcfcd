/** The story of the example, told to services that run anywhere: `ask` sends a request and gives the answer. */
import { type JsonObject, systemClock } from '../../index.ts';

export type Ask = (service: string, action: string, data: JsonObject) => Promise<JsonObject>;
export type Say = (line: string) => void;

export const customer = '0192f000-0000-7000-8000-0000000000c1';
const keptUntil = '2036-12-31';

/** `holdMs`: how long the dispute holds the customer. Resolves with the saga of the refused deletion. */
export async function story(ask: Ask, say: Say, holdMs: number): Promise<string> {
  await must(ask('customers', 'add', { id: customer, name: 'Kim', email: 'kim@example.org' }));
  await must(ask('orders', 'place', { id: 'o1', customerId: customer, item: 'pump' }));
  await must(ask('orders', 'ship', { id: 'o1' }));
  const invoice = { id: 'i1', customerId: customer, cents: 12_900, keptUntil };
  await must(ask('invoices', 'issue', invoice));
  const until = new Date(systemClock.now() + holdMs).toISOString();
  const dispute = { id: 'd1', customerId: customer, about: 'the pump leaks', until };
  await must(ask('disputes', 'open', dispute));
  say('Kim has an order, an invoice, a dispute and the newsletter.\n');

  say('plan: what would a deletion do?');
  const plan = await must(ask('customers', 'plan', { id: customer }));
  for (const vote of lists(plan, 'votes')) say(`  ${voteText(vote)}`);
  say(`  outcome: ${plan['outcome']}\n`);

  say('delete Kim, and try again when the last hold has ended:');
  const answer = await ask('customers', 'delete', { id: customer, when_held: 'retry' });
  const error = answer['error'] as JsonObject;
  for (const { service, reason } of lists(error, 'refusals'))
    say(`  ${service} says no: ${reason}`);
  say(`  held until ${error['held_until']}\n`);

  while (lists(await must(ask('customers', 'get', { id: customer })), 'data').length > 0)
    await new Promise<void>((done) => systemClock.after(100, done));
  say('the hold has ended, and the deletion was tried again: Kim is gone.');
  const kept = lists(await must(ask('invoices', 'list', { customerId: customer })), 'data');
  say(`invoices still has ${kept.map(({ id }) => id).join(', ')}, up to ${keptUntil}.\n`);
  return String(error['saga']);
}

async function must(asked: Promise<JsonObject>): Promise<JsonObject> {
  const answer = await asked;
  if (answer['error'] !== undefined) throw new Error(JSON.stringify(answer['error']));
  return answer;
}

function lists(of: JsonObject, member: string): readonly JsonObject[] {
  return (of[member] ?? []) as readonly JsonObject[];
}

function voteText(vote: JsonObject): string {
  const kept = lists(vote, 'retains').map(
    ({ what, basis, until }) => `${what} until ${until} (${basis})`,
  );
  const reason = vote['reason'] === null ? '' : `: ${vote['reason']}`;
  return `${vote['voter']}: ${vote['vote']}${reason}${kept.length === 0 ? '' : `, keeps ${kept.join(', ')}`}`;
}
