/**
 * The webhook of the simulation: the service of the package that asks another system over HTTP, and
 * the system, in place of a server. In some worlds a participant with rows outside reads the system
 * instead. Owners name the service in `consent.always_ask`.
 *
 * 1. A try may be lost before the system has it, or after the system has done it.
 * 2. The system remembers every request, so a request under a second key is found at once (`applied once`).
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

  #checkKey({ action, saga, ids, dryRun }: OutsideRequest, key: string): void {
    const request = JSON.stringify([action, saga, ids, dryRun]);
    const known = this.#keys.get(request) ?? key;
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

  #answer({ action, saga, ids, dryRun }: OutsideRequest) {
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
    }
    return allowed ? { allowed } : { allowed, reason: 'the other system needs it' };
  }

  #isRefused(id: string): boolean {
    return this.#plan.refuses.some((name) => idOf(name) === id);
  }

  #see(invariant: string, problem: string): void {
    this.#seen ??= { invariant, problem };
  }
}
