/** The outcomes of a replay, and the report about them. */
import { exitCodes } from './exit-codes.ts';
import { print } from './print.ts';

/** Numbers of nodes or cards of one service. */
export type ServiceCounts = {
  readonly service: string;
  readonly removed: number;
  readonly gone: number;
  /** Nodes that another service owns. */
  readonly foreign: number;
};
/** `saga` or `card`: the deletion; without both, all cards of the service. */
type Problem = {
  readonly service: string;
  readonly saga?: string;
  readonly card?: string;
  readonly reason: string;
};
export type Outcome = ServiceCounts | Problem;

const atOnce = 4;

/** The outcomes of all lists, each list in its order and some lists at once. */
export async function inOrder<Item>(
  lists: readonly (readonly Item[])[],
  work: (item: Item) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  const waiting = [...lists];
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let list = waiting.shift(); list !== undefined; list = waiting.shift())
      for (const item of list) outcomes.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return outcomes;
}

/** `deletions`: the number of deletions in the file. */
export function reportReplay(
  { json }: { readonly json?: boolean },
  deletions: number,
  outcomes: readonly Outcome[],
): void {
  const problems = outcomes.filter((outcome) => 'reason' in outcome);
  const services = sums(outcomes.filter((outcome) => 'removed' in outcome));
  if (problems.length > 0) process.exitCode = exitCodes.failed;
  const lines =
    json === true
      ? [JSON.stringify({ deletions, services, problems })]
      : reportLines(deletions, services, problems);
  for (const line of lines) print(line);
}

function reportLines(
  deletions: number,
  services: readonly ServiceCounts[],
  problems: readonly Problem[],
): readonly string[] {
  const counts = services.map(({ service, removed, gone, foreign }) => {
    const others = foreign === 0 ? '' : `, ${foreign} of another service now`;
    return `${service}: ${removed} removed, ${gone} gone already${others}`;
  });
  const end =
    problems.length === 0
      ? `${deletions === 1 ? '1 deletion of the file is' : `${deletions} deletions of the file are`} done`
      : `${problems.length} parts are not done; run the command again when the reasons are gone`;
  return [...counts, ...problems.map(problemLine), end];
}

function problemLine({ service, saga, card, reason }: Problem): string {
  if (saga !== undefined)
    return `${service}: the deletions of saga ${saga} are not done: ${reason}`;
  const which =
    card === undefined ? 'the deletions of cards are' : `the deletion of card ${card} is`;
  return `${service}: ${which} not done: ${reason}`;
}

function sums(found: readonly ServiceCounts[]): readonly ServiceCounts[] {
  const services = [...new Set(found.map(({ service }) => service))].sort();
  return services.map((service) => {
    const own = found.filter((one) => one.service === service);
    const sum = (name: 'removed' | 'gone' | 'foreign') =>
      own.reduce((total, one) => total + one[name], 0);
    return { service, removed: sum('removed'), gone: sum('gone'), foreign: sum('foreign') };
  });
}
