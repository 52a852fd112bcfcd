/**
 * A second deletion under the id of another one. Ids are kept apart when each sender gets the answer
 * to its own deletion, and of two deletions of one sender only one is carried out.
 */
import { Client } from '../../../runtime/client.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import { type ConsentRun, type Result, resultOf } from './consent-run.ts';
import { placeOf } from './entities.ts';
import { forgerName } from './forger.ts';
import { idOf } from './names.ts';

export type Rival = Extract<ConsentOperation, { readonly what: 'rival' }>;

const invariant = 'ids are kept apart';
const lookAgainMs = 1_000;
const answerMaxMs = 20_000;

export async function rival(run: ConsentRun, operation: Rival, world: World): Promise<void> {
  const { name, of, entity, nodes, differs } = operation;
  const ids = nodes.map(idOf);
  const data: JsonObject = { id: ids.length === 1 ? (ids[0] ?? null) : ids };
  const client = await opened(world, differs === 'sender' ? 'other' : 'client');
  const body = { action: 'delete', data };
  const answer = await world.simulation.ask(client, placeOf(entity), body, answerMaxMs, idOf(of));
  const result = resultOf(answer);
  run.results.set(name, result);
  if (differs === 'sender') {
    const problem = problemOfOther(run, result, ids);
    if (problem !== undefined) world.fail(invariant, problem);
  }
  const first = await resultOfFirst(run, of, world);
  const problem = differs === 'sender' ? undefined : problemOfSame(differs, first, result);
  if (problem !== undefined) world.fail(invariant, `${problem}: ${first.error}, ${result.error}`);
  world.note(`a second message under one id: ${differs}`);
}

function opened(world: World, name: string): Promise<Client> {
  const { simulation } = world;
  return simulation.insist(async () => {
    const { clock, ids, secret } = simulation;
    const transport = simulation.transport('rival');
    const client = new Client({ transport, name, clock, ids, secret });
    await client.open();
    return client;
  });
}

async function resultOfFirst(run: ConsentRun, name: string, world: World): Promise<Result> {
  for (;;) {
    const result = run.results.get(name);
    if (result !== undefined) return result;
    await world.waits(lookAgainMs);
  }
}

function problemOfOther(
  { chronicle }: ConsentRun,
  { ok, error }: Result,
  ids: readonly string[],
): string | undefined {
  if (error.includes('message-id-reused')) return 'another sender may not use the id';
  const left = ok ? ids.find((id) => chronicle.living.has(id)) : undefined;
  return left && `another sender is told that ${left} is deleted, and it is there`;
}

function problemOfSame(
  differs: Exclude<Rival['differs'], 'sender'>,
  first: Result,
  second: Result,
): string | undefined {
  // A forger that reads the request sends a copy, and the client hears the refusal of the copy:
  // clients do not check who has caused an answer (docs/trust.md).
  if ([first, second].some(({ error }) => error.includes(`user '${forgerName}'`))) return undefined;
  const isSame = first.ok === second.ok && first.error === second.error;
  if (differs === 'place') return isSame ? undefined : 'a resend gets another answer';
  return first.ok && second.ok ? 'two deletions under one id are both carried out' : undefined;
}
