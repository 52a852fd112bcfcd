/**
 * The webhook of the simulation: the service of the package that asks another system over HTTP, and
 * the system, in place of a server. In some worlds a participant with rows outside reads the system
 * instead. Owners name the service in `consent.always_ask`.
 *
 * 1. A try may be lost before the system has it, or after the system has done it.
 * 2. The system remembers every request, so a request under a second key is found at once (`applied once`).
 * 3. Of some nodes the system keeps something up to a time, and must not be told the end earlier
 *    (`ends are kept`). An end may be told twice, under two keys.
 */

import type { OutsideRequest } from '../../../actors/outside-voter/messages.ts';
import type { WebhookCall, WebhookPost } from '../../../actors/webhook/activities.ts';
import { defineWebhookService } from '../../../actors/webhook/service.ts';
import type { JsonObject } from '../../../config/json.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Chance } from '../../../runtime/ports/chance.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { PlannedHook } from './consent-plan.ts';
import { hookConfig, type Owned } from './entities.ts';
import { idOf } from './names.ts';
import { OutsideBooks, type OutsideWorld } from './outside-books.ts';

export const hookName = 'hook';

const triesStream = 1;
const lostShare = 0.12;
const unansweredShare = 0.1;

type Seen = { readonly invariant: string; readonly problem: string };

export class Hook {
  readonly #plan: PlannedHook;
  readonly #chance: Chance;
  readonly #isDecided: (saga: string) => boolean;
  readonly #keys = new Map<string, string>();
  readonly #requests = new Map<string, string>();
  readonly #agreed = new Map<string, { readonly saga: string; readonly nodeId: string }>();
  /** The end of what the system keeps, milliseconds since the epoch, by saga and node. */
  readonly #kept = new Map<string, number>();
  /** Of what is kept: what the system was told to remove; and of what it was told the end. */
  readonly #removed = new Set<string>();
  readonly #ended = new Set<string>();
  #clock: Pick<Clock, 'now'> = { now: () => 0 };
  /** Absent: the system is behind a webhook. */
  readonly #books: OutsideBooks | undefined;
  #isHealed = false;
  #seen: Seen | undefined;

  /** `isDecided`: whether the saga, or an operation on the node, was decided at its root. */
  constructor(
    plan: PlannedHook,
    seed: number,
    isDecided: {
      readonly saga: (saga: string) => boolean;
      readonly node: OutsideWorld['isDecided'];
    },
  ) {
    this.#plan = plan;
    this.#chance = seededChance(seed, triesStream);
    this.#isDecided = isDecided.saga;
    this.#books = plan.isRead === true ? this.#booksOf(isDecided.node) : undefined;
  }

  /** Whether the system has lost its rows of the node; undefined: the system is behind a webhook. */
  isCleaned(nodeId: string): boolean | undefined {
    return this.#books?.cleaned.has(nodeId);
  }

  /** What the system has seen and must not see. */
  get problem(): Seen | undefined {
    return this.#seen;
  }

  /** The nodes that the system agreed to lose or change, and of whose end it was not told. */
  get waiting(): readonly { readonly saga: string; readonly nodeId: string }[] {
    return [...this.#agreed.values()];
  }

  /** What the system still keeps of nodes that it was told to remove. */
  get kept(): readonly { readonly saga: string; readonly nodeId: string }[] {
    return [...this.#kept.keys()]
      .filter((key) => this.#removed.has(key) && !this.#ended.has(key))
      .map((key) => ({ saga: key.split(' ')[0] ?? '', nodeId: key.split(' ')[1] ?? '' }));
  }

  begin(clock: Pick<Clock, 'now'>): void {
    this.#clock = clock;
  }

  /** No try is lost any more, and the system agrees to everything. */
  heal(): void {
    this.#isHealed = true;
  }

  /** `given`: further sections of the config. `through`: the post of a defect in place of the right one. */
  service(
    cast: readonly Owned[],
    store: Pick<Store<never>, 'name' | 'read'>,
    given: JsonObject,
    through: (post: WebhookPost) => WebhookPost = (post) => post,
  ): ServiceDefinition {
    if (this.#books !== undefined) return this.#books.service(cast, given);
    return defineWebhookService({
      config: hookConfig(hookName, cast, given),
      store,
      post: through((call) => this.#take(call)),
      clock: { now: () => this.#clock.now() },
    });
  }

  async #take({ headers, body }: WebhookCall): Promise<{ status: number; body: string }> {
    const fate = this.#fate();
    if (fate === 'lost') throw new Transient('not-reachable', 'the connection is cut');
    const request = JSON.parse(body) as OutsideRequest;
    this.#checkKey(request, headers['idempotency-key'] ?? '');
    const answer = this.#answer(request);
    return { status: fate === 'unanswered' ? 503 : 200, body: JSON.stringify(answer) };
  }

  #fate(): 'lost' | 'unanswered' | 'answered' {
    const draw = this.#chance();
    if (this.#isHealed || draw >= lostShare + unansweredShare) return 'answered';
    return draw < lostShare ? 'lost' : 'unanswered';
  }

  #booksOf(isDecided: OutsideWorld['isDecided']): OutsideBooks {
    return new OutsideBooks({
      name: hookName,
      fate: () => this.#fate(),
      isNeeded: (nodeId) => !this.#isHealed && this.#isRefused(nodeId),
      isDecided,
      see: (invariant, problem) => this.#see(invariant, problem),
      now: () => this.#clock.now(),
    });
  }

  #checkKey({ action, saga, ids, dryRun, retentionEnded }: OutsideRequest, key: string): void {
    const request = JSON.stringify([action, saga, ids, dryRun, retentionEnded]);
    const known = retentionEnded === true ? key : (this.#keys.get(request) ?? key);
    const other = this.#requests.get(key) ?? request;
    this.#keys.set(request, known);
    this.#requests.set(key, other);
    if (known !== key)
      this.#see(
        'applied once',
        `${action} of ${saga} comes under the key ${key}, and before ${known}`,
      );
    if (other !== request)
      this.#see('applied once', `the key ${key} is used for ${other} and ${request}`);
  }

  #answer({ action, saga, ids, dryRun, retentionEnded }: OutsideRequest) {
    const isQuestion = action.startsWith('may');
    const allowed = this.#isHealed || !ids.some((id) => this.#isRefused(id));
    if (!isQuestion && action.endsWith('ing') && !this.#isDecided(saga))
      this.#see(
        'removed by right',
        `the webhook is told ${action} under ${saga}, which is not decided`,
      );
    for (const nodeId of ids) {
      const key = `${saga} ${nodeId}`;
      if (!isQuestion) this.#agreed.delete(key);
      else if (allowed && !dryRun) this.#agreed.set(key, { saga, nodeId });
      if (action === 'deleting') this.#removes(key, retentionEnded === true);
    }
    if (!allowed) return { allowed, reason: 'the other system needs it' };
    const retains = action === 'mayDelete' && !dryRun ? this.#retains(saga, ids) : [];
    return retains.length === 0 ? { allowed } : { allowed, retains };
  }

  #retains(saga: string, ids: readonly string[]) {
    const { keeps = {} } = this.#plan;
    const forMs = Object.entries(keeps).flatMap(([name, ms]) =>
      ids.includes(idOf(name)) ? [ms] : [],
    );
    if (forMs.length === 0) return [];
    // The service keeps the first answer, so a second one must not differ.
    const untilMs = this.#kept.get(`${saga} ${ids[0]}`) ?? this.#clock.now() + Math.max(...forMs);
    for (const id of ids) this.#kept.set(`${saga} ${id}`, untilMs);
    return [{ what: 'copies', basis: 'a law', until: new Date(untilMs).toISOString() }];
  }

  #removes(key: string, isEnd: boolean): void {
    this.#removed.add(key);
    if (!isEnd) return;
    this.#ended.add(key);
    const earlyMs = (this.#kept.get(key) ?? Number.POSITIVE_INFINITY) - this.#clock.now();
    if (earlyMs > 0)
      this.#see('ends are kept', `the webhook is told the end of ${key} ${earlyMs} ms early`);
  }

  #isRefused(id: string): boolean {
    return this.#plan.refuses.some((name) => idOf(name) === id);
  }

  #see(invariant: string, problem: string): void {
    this.#seen ??= { invariant, problem };
  }
}
