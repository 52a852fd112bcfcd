/**
 * Kills processes of a simulation at any point, and starts them again.
 *
 * 1. A process can be killed at every failpoint, also during its start. No promise of the killed
 *    process settles afterwards.
 * 2. A process whose start fails because a part of the world is away, or because newer code has
 *    stored something, ends, and is started again after a delay.
 * 3. After the world is healed no process is killed, and every ended process starts, unless the
 *    process is gone.
 */
import type { Chance } from '../../runtime/ports/chance.ts';
import { Broken, Transient } from '../../runtime/ports/errors.ts';
import type { Failpoints } from '../../runtime/ports/failpoints.ts';
import type { FaultMix } from './fault-mix.ts';
import type { Simulation } from './simulation.ts';

/** Delay before an ended process is started again. */
const startAgainMs = 1_000;

export interface CrashesOptions {
  readonly chance: Chance;
  readonly mix: Pick<FaultMix, 'crash' | 'downMs'>;
  /** Called before a process is killed. */
  readonly onCrash: (service: string) => void;
  readonly onBroken: (error: unknown) => void;
  /** Whether a process is not started again, at the moment. Default: every process is. */
  readonly isGone?: ((process: string) => boolean) | undefined;
}

export class Crashes {
  readonly #options: CrashesOptions;
  readonly #down = new Map<string, () => void>();
  #simulation: Simulation | undefined;
  #active = false;

  constructor(options: CrashesOptions) {
    this.#options = options;
  }

  /** Begins to kill processes of this simulation. */
  begin(simulation: Simulation): void {
    this.#simulation = simulation;
    this.#active = true;
  }

  readonly failpointsOf = (service: string): Failpoints => ({
    reach: () => {
      const { chance, mix } = this.#options;
      if (this.#active && mix.crash > 0 && chance() < mix.crash) this.#killed(service);
    },
  });

  /** Kills a process and starts it again after `downMs`; `undefined`: when the world is healed. */
  kill(service: string, downMs: number | undefined): void {
    const simulation = this.#simulation;
    if (simulation === undefined || !simulation.isRunning(service)) return;
    this.#options.onCrash(service);
    simulation.crash(service);
    this.#down.set(
      service,
      downMs === undefined
        ? () => undefined
        : simulation.clock.after(downMs, () => this.#launch(service)),
    );
  }

  heal(): void {
    this.#active = false;
    for (const [service, cancel] of [...this.#down]) {
      cancel();
      this.#launch(service);
    }
  }

  #killed(service: string): void {
    const { chance, mix } = this.#options;
    this.kill(
      service,
      mix.downMs.min + Math.floor(chance() * (mix.downMs.max - mix.downMs.min + 1)),
    );
  }

  #launch(service: string): void {
    if (this.#options.isGone?.(service) === true) {
      this.#down.set(service, () => undefined);
      return;
    }
    this.#down.delete(service);
    this.#simulation?.launch(service).catch((error: unknown) => {
      if (startsLater(error)) this.kill(service, startAgainMs);
      else this.#options.onBroken(error);
    });
  }
}

function startsLater(error: unknown): boolean {
  const isTooOld = error instanceof Broken && error.code === 'machine-version-unknown';
  return isTooOld || error instanceof Transient;
}
