/**
 * Which file may import what: the arrows of the layout (cli, index → actors, transports, adapters → kernel → config).
 *
 * Job: one pure function from an import to the reason why it is not allowed.
 * Boundary: reads no files; `arrows.test.ts` feeds it the real tree.
 */
interface Place {
  readonly area:
    | 'composition'
    | 'actors'
    | 'transports'
    | 'adapter'
    | 'kernel'
    | 'config'
    | 'test'
    | 'package'
    | 'nowhere';
  /** The folder of an actor, a transport or an adapter; '' for a file beside those folders. */
  readonly folder: string;
}

type Rule = (to: Place, target: string, from: Place) => string | undefined;

const kernelPackages = ['xstate', 'typebox', 'ajv', 'uuid'];
/** The consent actors work on one tree together: its store is theirs. `consent/` is no actor but the protocol's vocabulary. */
const sharedVocabulary = ['actors/hierarchy/store.ts'];
/** Beside the actors' folders: they put all of them together. */
const actorComposition = ['actors/catalog.ts', 'actors/sections.ts'];
const vocabularyFolder = 'consent';
/** Folders of composition: the command with its demo, deployments, what `unanimous/testing` exports. */
const compositionFolders = ['cli', 'composition', 'testing'];
/** The kernel, lowest floor first: a room imports of the kernel only itself and the rooms before it. */
const kernelRooms = ['ports', 'step', 'messages', 'turn', 'duties', ''];
const doors = ['cli/cli.ts', 'index.ts', 'deployment.ts', 'testing.ts'];
const onlyDoorToUvu = 'test/support/suite.ts';

const rules: Readonly<Record<Place['area'], Rule>> = {
  test: () => undefined,
  composition: () => undefined,
  config: (to, target) =>
    to.area === 'config'
      ? undefined
      : (packageRule(to, target) ?? refuse(to, 'config/ imports nothing else of ours')),
  kernel: (to, target, from) => {
    if (to.area === 'config') return undefined;
    if (to.area === 'kernel') return above(to, from);
    return packageRule(to, target) ?? refuse(to, 'the kernel imports only the kernel and config/');
  },
  adapter: (to, _target, from) => below(to, from, 'a runtime adapter'),
  transports: (to, _target, from) =>
    simulatedOnMemory(from, to) ? undefined : below(to, from, 'a transport'),
  actors: (to, target, from) =>
    sharedByActors(to, target) ? undefined : below(to, from, 'an actor'),
  package: () => undefined,
  nowhere: () => 'this folder is not in the layout of ARCHITECTURE.md',
};

/** Why the file at `path` may not import `target` (a path from the root, or a package); nothing when it may. */
export function arrowViolation(path: string, target: string): string | undefined {
  if (target === 'uvu' || target.startsWith('uvu/'))
    return path === onlyDoorToUvu ? undefined : `only ${onlyDoorToUvu} imports uvu`;
  const from = placeOf(path);
  const to = placeOf(target);
  if (from.area !== 'test' && to.area === 'test') return 'the product imports nothing of test/';
  if (from.area !== 'test' && doors.includes(target)) return `nothing imports ${doors.join(', ')}`;
  return rules[from.area](to, target, from);
}

function placeOf(target: string): Place {
  const isPath = target.endsWith('.ts') || target.endsWith('.json');
  if (!isPath || target.startsWith('node:')) return { area: 'package', folder: '' };
  const [top = '', ...rest] = target.split('/');
  const folder = rest.length > 1 ? (rest[0] ?? '') : '';
  if (rest.length === 0 || compositionFolders.includes(top) || actorComposition.includes(target))
    return { area: 'composition', folder };
  if (top === 'runtime')
    return { area: kernelRooms.includes(folder) ? 'kernel' : 'adapter', folder };
  if (top === 'actors' || top === 'transports' || top === 'config' || top === 'test')
    return { area: top, folder };
  return { area: 'nowhere', folder };
}

function packageRule(to: Place, target: string): string | undefined {
  if (to.area !== 'package' || target.startsWith('node:')) return undefined;
  const allowed = kernelPackages.some((name) => target === name || target.startsWith(`${name}/`));
  return allowed
    ? undefined
    : `below the adapters only ${kernelPackages.join(', ')} and node: are imported`;
}

/** What actors, transports and adapters have in common: packages, kernel, config, their own folder, files beside the folders. */
function below(to: Place, from: Place, who: string): string | undefined {
  if (to.area === 'package' || to.area === 'kernel' || to.area === 'config') return undefined;
  if (
    to.area === from.area &&
    (to.folder === from.folder || (to.folder === '' && to.area === 'transports'))
  )
    return undefined;
  return `${who} imports only the kernel, config/ and its own folder`;
}

function above(to: Place, from: Place): string | undefined {
  if (kernelRooms.indexOf(to.folder) <= kernelRooms.indexOf(from.folder)) return undefined;
  return `runtime/${to.folder} stands above runtime/${from.folder}`;
}

function refuse(to: Place, reason: string): string | undefined {
  return to.area === 'package' ? undefined : reason;
}

function simulatedOnMemory(from: Place, to: Place): boolean {
  return from.folder === 'simulated' && to.area === 'transports' && to.folder === 'memory';
}

function sharedByActors(to: Place, target: string): boolean {
  return (
    to.area === 'actors' &&
    (sharedVocabulary.includes(target) ||
      to.folder === vocabularyFolder ||
      (to.folder !== '' && target === `actors/${to.folder}/messages.ts`))
  );
}
