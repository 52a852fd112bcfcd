/**
 * A saga as a sequence diagram: the services side by side, and what each said to another, in the
 * order of time. Pure.
 *
 * - Made from the history lines of the saga. What is still open comes from `why`, so that the
 *   diagram and the sentence above it name the same services.
 * - Told at once: equal messages of one service to another at the same time are one step with a
 *   count.
 */
import { objectsIn, textIn, textsIn } from '../../actors/consent/saga-history.ts';
import type { SagaWaiting } from '../../actors/waiting/saga-waiting.ts';
import { redactText } from '../../config/redact.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { DiagramStep, SagaDiagram } from './contract.ts';

type Step = Omit<DiagramStep, 'count'>;

/** Most steps of a diagram: the first ones are kept. */
const stepsMax = 400;
/** The lane of the client that has asked for the saga. */
export const clientLane = 'client';

export function sagaDiagram(lines: readonly HistoryLine[], why: SagaWaiting): SagaDiagram {
  const owner = why.owner ?? lines[0]?.address.service ?? clientLane;
  const told = lines.flatMap((line) => stepsOf(line, lines, owner, why.verb));
  const all = merged([...told, ...openSteps(lines, why)]);
  const steps = all.slice(0, stepsMax);
  const lanes = new Set([clientLane, owner, ...steps.flatMap(({ from, to }) => [from, to])]);
  return { lanes: [...lanes], steps, left: all.length - steps.length };
}

/** One line of history as steps. Lines that tell of nothing said or done give none. */
function stepsOf(
  entry: HistoryLine,
  lines: readonly HistoryLine[],
  owner: string,
  verb: SagaWaiting['verb'],
): readonly Step[] {
  const { address, atMs, line } = entry;
  const { service } = address;
  const at = { atMs, isOpen: false, reason: null };
  const own = (text: string, tone: Step['tone'], reason: string | null = null): Step[] => [
    { ...at, from: service, to: service, text, tone, reason: reason && redactText(reason) },
  ];
  const toVoters = (text: string, voters: readonly string[]): Step[] =>
    voters.map((voter) => ({ ...at, from: service, to: voter, text, tone: 'asked' }));
  const toClient = (text: string, tone: Step['tone']): Step[] =>
    service === owner ? [{ ...at, from: service, to: clientLane, text, tone }] : [];
  const names = () => named(objectsIn(line, 'nodes').map((node) => textIn(node, 'cn')));
  switch (line['what']) {
    case 'engaged':
      return service === owner
        ? [{ ...at, from: clientLane, to: owner, text: `${verb} ${names()}`, tone: 'asked' }]
        : own(`holds ${names()}`, 'plain');
    case 'waiting':
      return own('waits for its turn', 'wait', `another saga holds a node: ${textIn(line, 'for')}`);
    case 'asked':
      return toVoters(textIn(line, 'action'), textsIn(line, 'voters'));
    case 'voted':
    case 'cleaned':
    case 'skipped':
      return [answerStep(entry)];
    case 'unreachable':
    case 'malformed':
    case 'not cleaned':
      return failedSteps(entry);
    case 'decided': {
      const word = line['role'] === 'root' ? 'decided' : 'goes along';
      const doing = verb === 'delete' ? 'deleting' : 'updating';
      return [...own(word, 'yes'), ...toVoters(doing, rosterOf(service, lines))];
    }
    case 'deleted':
    case 'updated': {
      const word = line['what'] === 'deleted' ? 'removed' : 'changed';
      return [
        ...own(`${word} ${names()}, announced`, 'yes'),
        ...toClient(textIn(line, 'what'), 'yes'),
      ];
    }
    case 'called off':
      return [...own('called off', 'no', calledOffReason(entry)), ...toClient('refused', 'no')];
    case 'detached':
      return own('takes references out', 'plain');
    case 'operator':
      return own(
        `${textIn(line, 'operation')} by ${textIn(line, 'by')}`,
        'lost',
        textIn(line, 'why'),
      );
    case 'alarm':
    case 'stuck':
    case 'blocked':
      return own(textIn(line, 'what'), 'no', textIn(line, 'reason') || null);
    default:
      return [];
  }
}

function answerStep({ address, atMs, line }: HistoryLine): Step {
  const isVote = line['what'] === 'voted';
  const isNo = textIn(line, 'response') === 'no';
  const reason = textIn(line, 'reason');
  const kept = objectsIn(line, 'retains').map((one) => textIn(one, 'what'));
  const keeps = kept.length === 0 ? null : `keeps ${named(kept)}`;
  const word = isVote
    ? textIn(line, 'response')
    : line['what'] === 'cleaned'
      ? 'cleaned'
      : 'skipped';
  return {
    from: textIn(line, 'voter'),
    to: address.service,
    text: word,
    tone: isNo ? 'no' : line['what'] === 'skipped' ? 'lost' : 'yes',
    reason: reason === '' ? keeps : redactText(reason),
    atMs,
    isOpen: false,
  };
}

function failedSteps({ address, atMs, line }: HistoryLine): readonly Step[] {
  const voters = line['what'] === 'malformed' ? [textIn(line, 'voter')] : textsIn(line, 'voters');
  const texts: Readonly<Record<string, string>> = {
    unreachable: 'no queue takes the question',
    malformed: 'an answer that is no vote',
    'not cleaned': 'not cleaned',
  };
  return voters.map((voter) => ({
    from: voter,
    to: address.service,
    text: texts[textIn(line, 'what')] ?? '',
    tone: 'lost',
    reason: null,
    atMs,
    isOpen: false,
  }));
}

function calledOffReason({ line }: HistoryLine): string | null {
  const refusals = objectsIn(line, 'refusals').map(
    (one) => `${textIn(one, 'service')}: ${textIn(one, 'reason')}`,
  );
  const silent = textsIn(line, 'silent').map((service) => `${service} is silent`);
  const unreachable = textsIn(line, 'unreachable').map((service) => `${service} is unreachable`);
  return [...refusals, ...silent, ...unreachable].join('; ') || null;
}

/** The services that a service must tell of a decision. */
function rosterOf(service: string, lines: readonly HistoryLine[]): readonly string[] {
  const own = lines.filter(
    ({ address, line }) =>
      address.service === service && ['engaged', 'newcomers'].includes(textIn(line, 'what')),
  );
  const voters = own.flatMap(({ line }) =>
    objectsIn(line, 'roster').map((one) => textIn(one, 'service')),
  );
  return [...new Set(voters)];
}

/** The questions without an answer, by `why`. */
function openSteps(lines: readonly HistoryLine[], { voters, state }: SagaWaiting): readonly Step[] {
  if (state === 'done' || state === 'called off') return [];
  return voters.flatMap((voter) => {
    if (voter.state !== 'asked' && voter.state !== 'malformed') return [];
    const asked = lines.findLast(
      ({ address, line }) =>
        address.service === voter.askedBy &&
        (textIn(line, 'what') === 'decided' ||
          (textIn(line, 'what') === 'asked' && textsIn(line, 'voters').includes(voter.service))),
    );
    const step: Step = {
      from: voter.service,
      to: voter.askedBy,
      text: 'no answer',
      tone: 'silent',
      reason: voter.reason && redactText(voter.reason),
      atMs: asked?.atMs ?? lines.at(-1)?.atMs ?? 0,
      isOpen: true,
    };
    return [step];
  });
}

function merged(steps: readonly Step[]): readonly DiagramStep[] {
  const found = new Map<string, DiagramStep>();
  for (const step of steps) {
    const key = JSON.stringify(step);
    found.set(key, { ...step, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()];
}

function named(names: readonly string[]): string {
  const [first = '', ...others] = names;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
