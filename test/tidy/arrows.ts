/**
 * The layers of the code and the imports that are allowed between them, as one table.
 *
 * Job: one pure function from an import to the reason why the import is not allowed.
 * Boundary: reads no files; `arrows.test.ts` applies the table to all imports of the project.
 *
 * - A file belongs to the first layer whose pattern matches the file's path. A file imports only
 *   files of its own layer and of the layers that its layer names.
 * - The first group of a pattern is the part of the layer: an adapter, a transport, an actor. Parts
 *   of a layer do not import each other, except for the files and pairs that the layer lists.
 * - The table does not exclude circles inside a layer; `import-graph.ts` finds circles.
 */
interface Layer {
  readonly name: string;
  readonly files: RegExp;
  /** Names of lower layers. */
  readonly imports: readonly string[];
  /** Packages besides the modules of Node.js. Default: all packages except `xstate`. */
  readonly packages?: readonly string[];
  readonly importsXstate?: true;
  /** Files of one part that all parts of the layer may import. */
  readonly shared?: RegExp;
  /** Parts that may import other parts: the importing part, then the imported ones. */
  readonly pairs?: Readonly<Record<string, readonly string[]>>;
}

interface Owner {
  readonly layer: Layer;
  /** '' in a layer without parts. */
  readonly part: string;
}

const kernelPackages = ['typebox', 'ajv', 'uuid'];
const kernel = ['ports', 'step', 'messages', 'turn', 'duties', 'runtime'];
const transports = ['transport vocabulary', 'transports'];
const actors = ['service module', 'actors', 'actor catalog'];
const belowComposition = ['config', ...kernel, 'adapters', ...transports, ...actors];

/** The folders of the kernel: each imports the folders before itself in `kernel`. */
const kernelLayers = kernel.map((name, index): Layer => {
  const files = name === 'runtime' ? /^runtime\/[^/]+$/ : new RegExp(`^runtime/${name}/`);
  const imports = ['config', ...kernel.slice(0, index)];
  const layer = { name, files, imports, packages: kernelPackages };
  return name === 'step' ? { ...layer, importsXstate: true } : layer;
});

const layers: readonly Layer[] = [
  { name: 'config', files: /^config\//, imports: [], packages: kernelPackages },
  ...kernelLayers,
  { name: 'adapters', files: /^runtime\/([^/]+)\//, imports: ['config', ...kernel] },
  { name: 'transport vocabulary', files: /^transports\/[^/]+$/, imports: ['config', ...kernel] },
  {
    name: 'transports',
    files: /^transports\/([^/]+)\//,
    imports: ['config', ...kernel, 'transport vocabulary'],
    pairs: { simulated: ['memory'] },
  },
  {
    name: 'service module',
    files: /^actors\/modules\//,
    imports: ['config', ...kernel, 'adapters'],
    packages: kernelPackages,
  },
  {
    name: 'actors',
    files: /^actors\/([^/]+)\//,
    imports: ['config', ...kernel, 'service module'],
    importsXstate: true,
    // The vocabulary of the consent protocol with its ledger, sets of rows, each actor's messages, the URLs of files, tokens.
    shared:
      /^actors\/(?:consent\/|outside\/|rows\/|[^/]+\/messages\.ts$|file-remover\/file-(?:url|listings)\.ts$|chain\/token\.ts$)/,
    pairs: {
      'model-crud': ['hierarchy', 'peer'],
      webhook: ['outside-voter', 'peer'],
      peer: ['delete-saga', 'deletion-plan', 'outside-voter', 'table', 'vote-collection', 'voter'],
    },
  },
  {
    name: 'actor catalog',
    files: /^actors\/(?:catalog|define-entity|sections)\.ts$/,
    imports: ['config', ...kernel, 'adapters', 'service module', 'actors'],
    importsXstate: true,
  },
  { name: 'composition', files: /^composition\//, imports: belowComposition },
  {
    name: 'testing',
    files: /^testing\//,
    imports: ['service module', 'actors', 'config', ...kernel, 'adapters', ...transports],
    importsXstate: true,
  },
  {
    name: 'inspector contract',
    files: /^edge\/inspector\/contract\.ts$/,
    imports: ['ports', 'actors'],
    packages: [],
  },
  {
    // Runs in a browser: takes only types of the runtime.
    name: 'inspector page',
    files: /^edge\/inspector\/page\//,
    imports: ['inspector contract'],
    packages: ['elkjs', 'preact', 'vite'],
  },
  {
    name: 'edge',
    files: /^edge\/([^/]+)\//,
    imports: [...belowComposition, 'composition', 'inspector contract'],
    pairs: { inspector: ['http'] },
  },
  {
    name: 'command',
    files: /^cli\/(?!cli\.ts$)/,
    imports: [...belowComposition, 'composition', 'edge'],
  },
  {
    name: 'entry points',
    files: /^(?:index|deployment|http|testing|cli\/cli)\.ts$/,
    imports: [...belowComposition, 'composition', 'edge', 'testing', 'command'],
  },
  {
    name: 'examples',
    files: /^examples\//,
    imports: ['entry points'],
    importsXstate: true,
  },
  {
    name: 'tests',
    files: /^test\//,
    imports: [
      ...belowComposition,
      'composition',
      'edge',
      'testing',
      'command',
      'entry points',
      'examples',
    ],
    importsXstate: true,
  },
];

const onlyImporterOfUvu = 'test/support/suite.ts';

/**
 * The reason why the file at `path` may not import `target`, a path from the root or a package.
 * `undefined` if the import is allowed.
 */
export function arrowViolation(path: string, target: string): string | undefined {
  const from = ownerOf(path);
  if (from === undefined) return `${path} is in no layer of test/tidy/arrows.ts`;
  if (!isPath(target)) return packageViolation(path, from.layer, target);
  const to = ownerOf(target);
  if (to === undefined) return `${target} is in no layer of test/tidy/arrows.ts`;
  if (to.layer !== from.layer) return layerViolation(from.layer, to.layer);
  return partViolation(from, to, target);
}

function isPath(target: string): boolean {
  return !target.startsWith('node:') && /\.(?:tsx?|css|json)$/.test(target);
}

function ownerOf(path: string): Owner | undefined {
  for (const layer of layers) {
    const match = layer.files.exec(path);
    if (match !== null) return { layer, part: match[1] ?? '' };
  }
  return undefined;
}

function packageViolation(path: string, layer: Layer, target: string): string | undefined {
  const name = target.split('/')[0] ?? target;
  if (name === 'uvu' && path !== onlyImporterOfUvu) return `only ${onlyImporterOfUvu} imports uvu`;
  if (name === 'xstate') {
    return layer.importsXstate ? undefined : `${layer.name}: only step and actors import xstate`;
  }
  if (layer.packages === undefined || target.startsWith('node:')) return undefined;
  if (layer.packages.includes(name)) return undefined;
  return `${layer.name}: of packages only ${layer.packages.join(', ')} and node: are imported`;
}

function layerViolation(from: Layer, to: Layer): string | undefined {
  if (from.imports.includes(to.name)) return undefined;
  return `${from.name} may not import ${to.name}; only: ${from.imports.join(', ') || 'itself'}`;
}

function partViolation(from: Owner, to: Owner, target: string): string | undefined {
  const { layer, part } = from;
  const isAllowed =
    to.part === part || layer.shared?.test(target) || layer.pairs?.[part]?.includes(to.part);
  return isAllowed ? undefined : `${layer.name}: ${part} may not import a file of ${to.part}`;
}
