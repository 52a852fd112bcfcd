/** An ordinary machine run by XState itself, with a clock that is moved by hand. */
import { createActor, SimulatedClock } from 'xstate';
import { asJson, type OrdinaryMachine, promisesSettled, type Sight } from './ordinary-machine.ts';

export async function liveSights(ordinary: OrdinaryMachine): Promise<readonly Sight[]> {
  const said: string[] = [];
  const clock = new SimulatedClock();
  const { input = {}, happenings } = ordinary;
  const actor = createActor(
    ordinary.machine((text) => said.push(text)),
    { clock, input, logger: () => undefined },
  );
  actor.subscribe({ error: () => undefined });
  const sights: Sight[] = [];
  const see = async (): Promise<void> => {
    await promisesSettled();
    const { value, context, status, output } = actor.getSnapshot();
    sights.push(asJson({ value, context, status, output, said: said.splice(0) }) as Sight);
  };
  actor.start();
  await see();
  for (const happening of happenings) {
    if ('type' in happening) actor.send(happening as never);
    else clock.increment(Number(happening.ms));
    await see();
  }
  return sights;
}
