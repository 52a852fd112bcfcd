/** Questions to a running `up` as `unanimous request` asks them, without a process for each. */
import { RunningProcess } from '../../../cli/running-process.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';

/** `data`: the folder of the `up`. The answer, also when the answer is an error of the service. */
export async function asked(
  data: string,
  service: string,
  action: string,
  body: JsonObject,
): Promise<JsonObject> {
  const running = await RunningProcess.find(data);
  if (running === undefined) throw new Error(`no process runs over ${data}`);
  return (await running.request(service, action, body)) as JsonObject;
}
