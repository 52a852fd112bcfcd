/**
 * All proofs by repetition, in the order in which `npm run proofs` runs them: those of one process first, those that kill servers last.
 *
 * A new proof by repetition has a line in `test/support/proof-size.ts` and an entry here.
 */
import { failpointsOf } from '../integration/sweep/sweep.ts';
import { scaledSize } from '../support/proof-size.ts';
import { servers } from '../support/servers.ts';
import { amount, onlyPart, type Proof } from './proof.ts';

type Journal = 'memory' | 'pglite' | 'postgres';

function sweep(journal: Journal, needs: Proof['needs']): Proof {
  const all = failpointsOf(journal);
  const tried = (scale: number) => Math.min(all.length, scaledSize('sweep-failpoints', scale));
  return {
    name: `sweep-${journal}`,
    claim: `killed at every failpoint over ${journal}: nothing is lost, doubled or stuck`,
    size: (scale) => `${tried(scale)} failpoints, ${scaledSize('sweep-twice', scale)} twice`,
    needs,
    file: 'test/integration/sweep/main.ts',
    args: (scale, seed) => [
      ...['--journal', journal, '--seed', String(seed), '--thorough'],
      ...['--twice', String(scaledSize('sweep-twice', scale))],
      ...onlyPart(all, tried(scale), seed),
    ],
  };
}

function housekeeping(where: 'memory' | 'postgres'): Proof {
  const share = where === 'memory' ? 1 : 0.1;
  const turns = (scale: number) => String(scaledSize('housekeeping', scale * share));
  return {
    name: `housekeeping-${where}`,
    claim: `the traces of many turns are taken out in ${where}`,
    size: (scale) => `${turns(scale)} turns`,
    needs: where === 'memory' ? [] : ['postgres'],
    file: 'test/integration/housekeeping/main.ts',
    args: (scale) => [
      ...['--turns', turns(scale)],
      ...(where === 'memory' ? [] : ['--database', servers.postgres]),
    ],
  };
}

export const proofs: readonly Proof[] = [
  {
    name: 'config-fuzz',
    claim: 'a changed config is accepted or refused with a place, and never in silence',
    size: amount('config-fuzz', 'configs'),
    needs: [],
    file: 'test/unit/config/config-fuzz.ts',
    args: (scale, seed) => [
      ...['--configs', String(scaledSize('config-fuzz', scale))],
      ...['--seed', String(seed)],
    ],
  },
  {
    name: 'machine-fuzz',
    claim: 'a random machine does the same in the runtime and live in XState',
    size: amount('machine-fuzz', 'pairs'),
    needs: [],
    file: 'test/unit/runtime/differential/fuzz-machines.ts',
    args: (scale, seed) => [
      ...['--pairs', String(scaledSize('machine-fuzz', scale))],
      ...['--seed', String(seed)],
    ],
  },
  {
    name: 'edge-fuzz',
    claim: 'no strange message and no awkward machine loses, mixes, mutes or stops anything',
    size: amount('edge-fuzz', 'messages'),
    needs: [],
    file: 'test/integration/edge/main.ts',
    args: (scale, seed) => [
      ...['--messages', String(scaledSize('edge-fuzz', scale))],
      ...['--seed', String(seed)],
    ],
  },
  {
    name: 'http-fuzz',
    claim: 'no request over HTTP is answered 500, and every answer is in the OpenAPI document',
    size: amount('http-fuzz', 'requests'),
    needs: [],
    file: 'test/unit/edge/http/fuzz.test.ts',
  },
  {
    name: 'benchmarks',
    claim: 'every benchmark runs, and its figures are numbers',
    size: (scale) => `at most ${scaledSize('benchmark-names', scale)} names`,
    needs: ['postgres', 'rabbitmq'],
    file: 'test/bench/benchmarks.test.ts',
  },
  {
    name: 'consent-seeds',
    claim: 'the consent protocol keeps its invariants in seeded worlds full of faults',
    size: amount('consent-seeds', 'seeds'),
    needs: [],
    file: 'test/simulation/main.ts',
    // From seed 1: the seeds that the suite draws its part from are clean on this commit.
    args: (scale) => ['--seeds', String(scaledSize('consent-seeds', scale)), '--seed', '1'],
  },
  {
    name: 'consent-mutants',
    claim: 'every known defect of the protocol is caught',
    size: () => 'all defects',
    needs: [],
    file: 'test/simulation/main.ts',
    args: () => ['--mutants', 'all'],
  },
  housekeeping('memory'),
  {
    name: 'timers',
    claim: 'every timer rings once and never early, beside many that are far away',
    size: (scale) =>
      `${scaledSize('timers', scale)} timers, ${scaledSize('timers-far', scale)} far`,
    needs: [],
    file: 'test/integration/timers/main.ts',
    nodeOptions: ['--expose-gc'],
    args: (scale, seed) => [
      ...['--bells', String(scaledSize('timers', scale)), '--seed', String(seed)],
      ...['--timers', String(scaledSize('timers-far', scale))],
    ],
  },
  sweep('memory', []),
  {
    name: 'burns',
    claim: 'a token is burned at most once, over reorganisations and kills',
    size: amount('burn-seeds', 'seeds'),
    needs: [],
    file: 'test/simulation/burns.test.ts',
  },
  {
    name: 'hierarchy-agreement',
    claim: 'memory and PGlite agree after any sequence of writes',
    size: amount('hierarchy-agreement', 'sequences'),
    needs: [],
    file: 'test/integration/hierarchy/hierarchy-agreement.test.ts',
  },
  {
    name: 'reopening',
    claim: 'a PGlite folder keeps every acknowledged turn over kills',
    size: amount('reopening', 'kills'),
    needs: [],
    file: 'test/integration/sweep/main.ts',
    args: (scale, seed) => [
      ...['--reopen', String(scaledSize('reopening', scale))],
      ...['--seed', String(seed)],
    ],
  },
  housekeeping('postgres'),
  {
    name: 'cut-connections',
    claim: 'nothing is lost when connections to PostgreSQL are cut',
    size: amount('cut-connections', 'cuts'),
    needs: ['postgres'],
    file: 'test/integration/sweep/cut-connections.test.ts',
  },
  {
    name: 'shop-kills',
    claim: 'the programs of the documents end the same when they are killed',
    size: amount('shop-kills', 'rounds'),
    needs: ['postgres'],
    file: 'test/integration/docs/shop-kills.test.ts',
  },
  {
    name: 'transport-fuzz',
    claim: 'the memory broker and RabbitMQ are seen to do the same',
    size: amount('transport-fuzz', 'scripts'),
    needs: ['rabbitmq'],
    file: 'test/integration/transports/fuzz/main.ts',
    args: (scale, seed) => [
      ...['--scripts', String(scaledSize('transport-fuzz', scale))],
      ...['--seed', String(seed)],
    ],
  },
  {
    name: 'process-race',
    claim: 'competing processes leave what one process leaves',
    size: amount('process-race', 'actors'),
    needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
    file: 'test/integration/processes/main.ts',
    args: (scale, seed) => [
      ...['--actors', String(scaledSize('process-race', scale))],
      ...['--seed', String(seed)],
    ],
  },
  sweep('pglite', ['rabbitmq', 'rabbitmqctl']),
  sweep('postgres', ['postgres', 'rabbitmq', 'rabbitmqctl']),
  {
    name: 'consent-processes',
    claim: 'a deletion ends right when a process is killed in each of its states',
    size: amount('consent-processes', 'scenarios'),
    needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
    file: 'test/integration/consent/scenarios/consent-processes.test.ts',
  },
  {
    name: 'demo-kills',
    claim: "the demo's services end the same when one of them is killed",
    size: amount('demo-kills', 'kills'),
    needs: ['postgres', 'rabbitmq'],
    file: 'test/integration/demo/kill-any.test.ts',
  },
  {
    name: 'chain-kills',
    claim: 'a token is burned once, and its card and file go, when a process of the burn is killed',
    size: amount('chain-kills', 'kills'),
    needs: ['postgres', 'rabbitmq'],
    file: 'test/integration/chain/chain-kills.test.ts',
  },
  {
    name: 'demo-replicas',
    claim: "the demo's services, several processes each, do over HTTP what one process does",
    size: amount('demo-replicas', 'processes of each service'),
    needs: ['postgres', 'rabbitmq-server'],
    file: 'test/integration/trust/demo.test.ts',
  },
  {
    name: 'soak',
    claim:
      'under a steady load, with processes that end in turn, nothing is lost and memory and rows stay level',
    size: amount('soak', 'seconds'),
    needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
    file: 'test/integration/soak/main.ts',
    args: (scale) => ['--minutes', String(scaledSize('soak', scale) / 60)],
  },
  {
    name: 'rabbitmq-campaign',
    claim: 'closed connections and restarts of the broker lose and double nothing',
    size: (scale) =>
      `${scaledSize('rabbitmq-closes', scale)} closes, ${scaledSize('rabbitmq-restarts', scale)} restarts`,
    needs: ['rabbitmq-server'],
    file: 'test/integration/transports/campaign/main.ts',
    args: (scale, seed) => [
      ...['--closes', String(scaledSize('rabbitmq-closes', scale)), '--seed', String(seed)],
      ...['--restarts', String(scaledSize('rabbitmq-restarts', scale))],
    ],
  },
  {
    name: 'chaos',
    claim: 'kills of processes, database and broker under load lose and double nothing',
    size: amount('chaos', 'kills'),
    needs: ['postgres-server', 'rabbitmq-server'],
    file: 'test/integration/chaos/main.ts',
    args: (scale, seed) => [
      ...['--kills', String(scaledSize('chaos', scale)), '--seed', String(seed)],
    ],
  },
];
