/**
 * The problems of a restored family: the parts with which the code cannot go on. A family that the same
 * version has stored has no problems.
 */
import type { Family, Member } from './family.ts';
import { handles } from './machine-step.ts';

const afterEvent = 'xstate.after.';

export function familyProblems({ root }: Family): readonly string[] {
  return memberProblems(root);
}

function memberProblems(member: Member): readonly string[] {
  return [
    ...timerProblems(member),
    ...activityProblems(member),
    ...member.children.values().flatMap(memberProblems),
  ];
}

/**
 * An `after` without an active state that waits for it. Its timer would fire without effect, and the
 * transition would never be taken.
 */
function timerProblems(member: Member): readonly string[] {
  const lost = member.timers
    .values()
    .filter(
      ({ event, to }) =>
        to === undefined && event.type.startsWith(afterEvent) && !handles(member, event.type),
    );
  return lost.map(
    ({ event }) => `no state of ${place(member)} waits for the timer '${event.type}'`,
  );
}

function activityProblems(member: Member): readonly string[] {
  const lost = member.activities
    .values()
    .filter(({ kind }) => !member.definition.activities.has(kind));
  return lost.map(
    ({ kind }) => `machine '${member.definition.name}' has no activity '${kind}', but one runs`,
  );
}

function place({ definition, snapshot }: Member): string {
  return `'${definition.name}' in ${JSON.stringify(snapshot.value)}`;
}

/** Tokens of everything that is under way in a family. */
export function pendingTokens({ root }: Family): ReadonlySet<string> {
  const tokens = new Set<string>();
  const visit = ({ timers, activities, children }: Member): void => {
    for (const { token } of [...timers.values(), ...activities.values()]) tokens.add(token);
    for (const child of children.values()) visit(child);
  };
  visit(root);
  return tokens;
}
